import { describe, expect, it } from 'vitest';
import { createLog, type LogFormat, linesFor } from './log.js';

interface Stream {
  isTTY?: boolean;
  hasColors?(): boolean;
}
const COLOURED: Stream = { isTTY: true, hasColors: () => true };
const PLAIN: Stream = { isTTY: true, hasColors: () => false };
const PIPE: Stream = {};

function lineOf(format: LogFormat, stream: Stream, text = 'connected'): string {
  const lines: string[] = [];
  createLog('info', (line) => lines.push(line), linesFor(format, stream)).warn(text);
  return lines.join('');
}

describe('a line of the log', () => {
  it.each<[LogFormat, string, Stream, RegExp]>([
    ['auto', 'a terminal', PLAIN, /^\d{4}-\S+Z warn {2}connected\n$/],
    ['auto', 'a pipe', PIPE, /^\{"level":40,"time":\d+,"msg":"connected"\}\n$/],
    ['text', 'a pipe', PIPE, /^\d{4}-\S+Z warn {2}connected\n$/],
    ['json', 'a terminal', COLOURED, /^\{"level":40/],
  ])('in the format %s on %s has its form', (format, _, stream, form) => {
    expect(lineOf(format, stream)).toMatch(form);
  });

  it('has colours only on a terminal that has some', () => {
    const isColoured = (format: LogFormat, stream: Stream) =>
      lineOf(format, stream).includes('\u001b[');
    expect(isColoured('auto', COLOURED)).toBe(true);
    expect(isColoured('text', COLOURED)).toBe(true);
    expect(isColoured('auto', PLAIN)).toBe(false);
    expect(isColoured('text', { hasColors: () => true })).toBe(false);
  });

  it.each([
    [
      'cannot connect to mqtt://ann:s3cret@host:1883: refused',
      'connect to mqtt://host:1883: refused',
    ],
    ['wss://a:b@c@host/mqtt and rtsp://x:y@z/1', 'wss://host/mqtt and rtsp://z/1'],
    ["open 'http://host/a' as ann@host", "open 'http://host/a' as ann@host"],
  ])('shows no credentials of an address: %s', (text, expected) => {
    expect(lineOf('text', PIPE, text)).toContain(expected);
    expect(lineOf('json', PIPE, text)).not.toContain('s3cret');
  });

  it('cannot rewrite the terminal, whatever its text', () => {
    expect(lineOf('text', PLAIN, 'a\u001b[2Jb\nc')).toContain('a\\u001b[2Jb\\nc\n');
  });
});
