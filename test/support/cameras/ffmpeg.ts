/** Whether this machine has FFmpeg; a test that needs it says so where it is skipped. */
import { spawnSync } from 'node:child_process';

export const hasFfmpeg = spawnSync('ffmpeg', ['-version']).error === undefined;

if (!hasFfmpeg) {
  const text = 'FFmpeg is not installed (Debian: apt-get install ffmpeg)';
  if (process.env.FLOTILLA_TEST_FFMPEG === 'required') throw new Error(text);
  process.stderr.write(`${text}: tests of RTSP cameras are skipped\n`);
}
