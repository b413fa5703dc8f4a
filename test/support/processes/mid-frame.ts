import type { LinkShaper } from '../mqtt/link-shaper.js';
import { eventually, type Running } from './processes.js';

/** Well inside what a frame sends: a picture has 150 kB, and as JPEG 48 kB. */
const MID_FRAME_BYTES = 20_000;

/** Does something in the middle of the next upload of a frame; resolves when it was done. */
export async function inMidFrame(
  link: LinkShaper,
  agent: Running | undefined,
  act: () => void,
): Promise<void> {
  let isDone: true | undefined;
  link.after(MID_FRAME_BYTES, () => {
    act();
    isDone = true;
  });
  const done = eventually(`${MID_FRAME_BYTES} bytes of an upload`, () => isDone);
  await (agent?.explained(done) ?? done);
}
