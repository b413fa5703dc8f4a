/**
 * The cloud's halves of frames, until each is joined to the device's record by the frame's id. Either may come first: a device
 * finishes a frame before a slow cloud, and a record may wait on a device for days. Bounded; what is dropped is missing in the ledger and nothing else.
 */
import type { Events } from '../../platform/index.js';
import { type FrameKey, frameKey } from '../../wire/index.js';
import type { CloudHalf, NamedHalf } from '../frames/cloud-half.js';

const MAX_FRAMES = 20_000;

export class CloudHalves {
  /** Without their record yet, oldest first. */
  private readonly halves = new Map<FrameKey, CloudHalf>();
  /** Frames whose record came alone though bytes were sent, oldest first. */
  private readonly alone = new Set<FrameKey>();

  /** The half of a frame whose record has come; undefined when it may come later, or never. */
  take(device: string, frame: string, isSent: boolean): CloudHalf | undefined {
    const key = frameKey(device, frame);
    const half = this.halves.get(key);
    this.halves.delete(key);
    if (half === undefined && isSent) {
      this.alone.add(key);
      bound(this.alone);
    }
    return half;
  }

  /** Keeps a half for its record; answers with it when that has come already. */
  ended({
    device,
    frame,
    work: _,
    ...half
  }: Events['inference.frameEnded']): NamedHalf | undefined {
    const key = frameKey(device, frame);
    if (this.alone.delete(key)) return { device, frame, half };
    this.halves.set(key, half);
    bound(this.halves);
    return undefined;
  }
}

function bound<K>(entries: {
  readonly size: number;
  keys(): Iterator<K>;
  delete(key: K): boolean;
}) {
  if (entries.size <= MAX_FRAMES) return;
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}
