import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { logOptions, nestLogger } from './log.js';

function captured() {
  const lines: string[] = [];
  const log = pino(logOptions({ logLevel: 'trace' }), { write: (line) => void lines.push(line) });
  return { lines, log };
}

describe('the log', () => {
  it('redacts secrets on the first three levels', () => {
    const { lines, log } = captured();
    log.info({ secret: 'hush', a: { password: 'hush', b: { authorization: 'hush' } } }, 'message');
    expect(lines.join()).not.toContain('hush');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ secret: '***', msg: 'message' });
  });

  it('writes messages of Nest with their part', () => {
    const { lines, log } = captured();
    nestLogger(log).error(new Error('broken'), 'stack', 'Router');
    nestLogger(log).log('started', 'Factory');
    const [error, info] = lines.map((line) => JSON.parse(line));
    expect(error).toMatchObject({ level: 50, part: 'Router', msg: 'broken' });
    expect(info).toMatchObject({ level: 20, part: 'Factory', msg: 'started' });
  });
});
