import { describe, expect, it } from 'vitest';
import { rtspAddressOf } from './rtsp-address.js';
import { RtspSource } from './rtsp-source.js';

function sourceOf(url: string, intervalMs = 0): RtspSource {
  const address = rtspAddressOf(url);
  if (address === undefined) throw new Error(url);
  return new RtspSource(address, address.name, 20_000, intervalMs);
}
const CAMERA = "rtsp://ann:it's-me@10.0.0.5/Tok3n";

describe('a source of RTSP', () => {
  it('shows its address to FFmpeg alone: in the script, and in no argument', () => {
    const { script, words } = sourceOf(CAMERA);
    expect(script.split('\n').slice(0, 3)).toEqual([
      'ffconcat version 1.0',
      // A quote would end the address.
      "file 'rtsp://ann:it%27s-me@10.0.0.5/Tok3n'",
      'option rtsp_transport tcp',
    ]);
    expect(words.join(' ')).not.toMatch(/10\.0\.0\.5|Tok3n|ann:|it.*s-me/);
  });

  it('leaves pictures out only where an interval is set', () => {
    expect(sourceOf(CAMERA).words).not.toContain('-vf');
    expect(sourceOf(CAMERA, 1000).words.join(' ')).toContain('gte(t-prev_selected_t\\,0.9)');
  });

  it.each([
    ['pipe:0: Server returned 404 Not Found', /no stream under the path/],
    ['[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized', /refuses the user or the password/],
    ["Unrecognized option 'fps_mode'.", /version 5.1 or newer/],
    ["pipe:0: Unknown keyword 'option'", /version 5.1 or newer/],
    ['pipe:0: Invalid data found', /^Invalid data found$/],
    ["Impossible to open 'rtsp://ann:it%27s-me@10.0.0.5/Tok3n'", /'rtsp:\/\/10\.0\.0\.5\/\*\*\*'$/],
  ])('says %j in words', (line, expected) => {
    expect(sourceOf(CAMERA).shown(line)).toMatch(expected);
  });

  it.each([
    ['the camera refuses the user or the password (401 Unauthorized)', 60_000],
    ['the camera has no stream under the path of the address (404 Not Found)', 10_000],
    ['ffmpeg is not installed; --rtsp needs it: sudo apt-get install ffmpeg', 10_000],
    ['ffmpeg ended (0)', 0],
  ])('after three times in a row of "%s", waits at least %i ms', (fault, expected) => {
    const source = sourceOf(CAMERA);
    const faults = [fault, fault, '10.0.0.5:554 does not answer', fault, fault, fault, fault];
    const pauses = faults.map((one) => source.leastPauseMs(one));
    expect(pauses).toEqual([0, 0, 0, 0, 0, expected, expected]);
  });
});
