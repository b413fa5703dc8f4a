import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Fault } from '../wire/index.js';
import { logOptions } from './log.js';
import { readableLines } from './readable-log.js';

const ESCAPE = '\u001b';

function written(hasColors: boolean, hasDate = false) {
  const lines: string[] = [];
  const lineOf = readableLines({ hasColors, hasDate });
  const log = pino(logOptions({ logLevel: 'trace' }), {
    write: (line) => void lines.push(lineOf(line)),
  });
  return { log, text: () => lines.join('') };
}

describe('a log entry for people', () => {
  it('is one line: time, level, part, message, then fields', () => {
    const { log, text } = written(false);
    log.child({ part: 'broker' }).info({ port: 1883, by: 'a b', list: [1] }, 'listening');
    expect(text()).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: broker: listening port=1883 by="a b" list=\[1\]\n$/,
    );
  });

  it('has the date where lines are kept', () => {
    const { log, text } = written(false, true);
    log.info('ready');
    expect(text()).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] INFO: ready\n$/);
  });

  it('has colours only when asked for', () => {
    for (const hasColors of [true, false]) {
      const { log, text } = written(hasColors);
      log.warn({ port: 1 }, 'late');
      expect(text().includes(ESCAPE)).toBe(hasColors);
    }
  });

  it('cannot rewrite the terminal, whatever a client sent', () => {
    const { log, text } = written(false);
    const evil = `pi${ESCAPE}[2J\r\n\u009b31m`;
    log
      .child({ part: evil })
      .warn({ device: evil, [evil]: 1, err: new Fault('INTERNAL', evil) }, evil);
    const { length } = [...text().trimEnd()].filter((letter) => /\p{Cc}/u.test(letter));
    expect(length).toBe(0);
    expect(text()).toContain('device=');
  });

  it('has the stack of a bug, and only the sentence of a fault', () => {
    const bug = written(false);
    bug.log.error({ err: new TypeError('astray') }, 'uncaught error');
    expect(bug.text()).toMatch(/uncaught error error=astray\n {4}at .*readable-log\.spec/);
    const fault = written(false);
    fault.log.error({ err: new Fault('INTERNAL', 'not stored') }, 'no room');
    expect(fault.text()).toMatch(/no room error="not stored"\n$/);
  });

  it('redacts secrets as JSON does', () => {
    const { log, text } = written(false);
    log.info({ secret: 'hush', a: { password: 'hush' } }, 'message');
    expect(text()).not.toContain('hush');
  });
});
