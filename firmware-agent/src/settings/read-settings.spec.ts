import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Reading, readSettings } from './read-settings.js';
import { settingsMarkdown } from './settings-help.js';
import type { Settings } from './settings-table.js';

const NEEDED = ['--device', 'pi-1', '--secret', 'hush'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
function settingsOf(reading: Reading): Settings {
  if (reading.kind !== 'settings') throw new Error(JSON.stringify(reading));
  return reading.settings;
}
function problemsOf(args: string[], env: NodeJS.ProcessEnv = {}): string[] {
  const reading = readSettings(args, env);
  return reading.kind === 'problems' ? reading.problems : [];
}

describe('readSettings', () => {
  it('takes flags over variables, variables over the file, the file over defaults', () => {
    const config = file('all.json', '{"threads": 1, "slowdown": 2, "data": "/file", "json": true}');
    const env = {
      FLOTILLA_AGENT_CONFIG: config,
      FLOTILLA_AGENT_THREADS: '2',
      FLOTILLA_AGENT_SLOWDOWN: '3',
    };
    const settings = settingsOf(readSettings([...NEEDED, '--threads', '4'], env));
    expect(settings).toMatchObject({
      threads: 4,
      slowdown: 3,
      data: '/file',
      json: true,
      loop: false,
    });
  });

  it('collects repeated inputs under both names of the flag', () => {
    const args = [...NEEDED, '--input', 'a.jpg', '--tensor', 'x=b.pb'];
    expect(settingsOf(readSettings(args, {})).input).toEqual(['a.jpg', 'x=b.pb']);
    const env = { FLOTILLA_AGENT_INPUT: 'c.jpg,d.jpg' };
    expect(settingsOf(readSettings(NEEDED, env)).input).toEqual(['c.jpg', 'd.jpg']);
  });

  it('reads the secret from its file, and a rate as an interval', () => {
    const path = file('secret', 'hush\n');
    const args = ['--device', 'pi-1', '--secret-file', path, '--fps', '4'];
    expect(settingsOf(readSettings(args, {}))).toMatchObject({ secret: 'hush', intervalMs: 250 });
  });

  it('reports all problems at once, with suggestions', () => {
    const problems = problemsOf(
      ['--devise', 'pi-1', '--threads', '0', '--cloud', 'example', '--fps', 'fast', 'stray'],
      { FLOTILLA_AGENT_SLOWDWON: '2', FLOTILLA_AGENT_LOG_LEVEL: 'loud' },
    );
    const text = problems.join('\n');
    for (const part of [
      'unknown flag --devise (did you mean --device?)',
      '--threads 0',
      '--cloud "example"',
      '--fps "fast"',
      "'stray' belongs to no flag",
      'unknown variable FLOTILLA_AGENT_SLOWDWON (did you mean FLOTILLA_AGENT_SLOWDOWN?)',
      'FLOTILLA_AGENT_LOG_LEVEL "loud"',
      '--device is required',
    ]) {
      expect(text).toContain(part);
    }
    expect(problems).toHaveLength(8);
  });

  it.each([
    [['--device', 'pi-1'], '--secret-file (or --secret, --token, --cert-file) is required'],
    [[...NEEDED, '--token', 't'], 'not both'],
    [[...NEEDED, '--cert-file', '/nowhere.pem'], 'belong together'],
    [[...NEEDED, '--ca-file', '/nowhere.pem'], 'ENOENT'],
    [[...NEEDED, '--secret-file', '/nowhere'], 'not both'],
    [['--device', 'pi-1', '--secret-file', '/nowhere'], 'ENOENT'],
    [[...NEEDED, '--fps', '2', '--interval-ms', '5'], 'not both'],
    [[...NEEDED, '--risk', '0.05'], '--risk needs --deadline-ms'],
    [[...NEEDED, '--input'], '--input needs a value'],
    [[...NEEDED, '--config', '/nowhere.json'], 'ENOENT'],
    [[...NEEDED, '--device', 'Pi One'], 'is not 1–64 characters of a-z, 0-9 and -'],
  ])('refuses %j', (args, why) => {
    expect(problemsOf(args).join('\n')).toContain(why);
  });

  it('names a key of the file it does not know', () => {
    const config = file('wrong.json', '{"treads": 2}');
    expect(problemsOf([...NEEDED, '--config', config])[0]).toContain('did you mean threads?');
  });

  it('never shows a secret', () => {
    const long = 'x'.repeat(1001);
    expect(problemsOf(['--device', 'pi-1', '--secret', long]).join()).not.toContain('xxx');
  });
});

describe('addresses of cameras', () => {
  const read = (...args: string[]) =>
    readSettings(['--device', 'pi-1', '--secret', 'hush', ...args], {});
  const [first, second] = ['rtsp://ann:p%40ss@10.0.0.5/a', 'yard=rtsp://ann:p%40ss@10.0.0.6/b'];

  it('are as many as are given, each with its name', () => {
    const reading = read('--rtsp', first, '--rtsp', second);
    const rtsp = reading.kind === 'settings' ? reading.settings.rtsp : [];
    expect(rtsp.map(({ name }) => name)).toEqual(['10.0.0.5:554', 'yard']);
  });

  it.each([
    [['--rtsp', 'rtsp://ann:p@ss#word@10.0.0.5/a'], 'is no address like rtsp://'],
    [['--rtsp', first, '--rtsp', first], '--rtsp: 10.0.0.5:554 is given twice'],
    [['--rtsp', first, '--input', 'one.jpg'], 'give --rtsp or --input, not both'],
    [['--mqtt', 'amqp://ann:p@ss#word@host'], 'is no address like mqtt://'],
  ])('of %j are rejected, and no password is shown', (args, why) => {
    const reading = read(...args);
    const problems = reading.kind === 'problems' ? reading.problems.join() : '';
    expect(problems).toContain(why);
    expect(problems).not.toMatch(/ss#word|p%40ss|p@ss/);
  });
});

describe('the README', () => {
  it('shows the settings as they are', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
    expect(readme).toContain(settingsMarkdown());
  });
});
