/**
 * The cloud's halves of frames, until each is joined to the device's record by the frame's id. Either may come first: a device
 * finishes a frame before a slow cloud, and a record may wait on a device for days. Bounded; what is dropped is missing in the ledger and nothing else.
 */
import type { Events } from '../../platform/index.js';
import type { CloudHalf, NamedHalf } from '../frames/cloud-half.js';
import { FrameMemory } from './frame-memory.js';

const LIMITS = { ofDevice: 2_000, total: 20_000 };

export class CloudHalves {
  /** Without their record yet. */
  private readonly halves = new FrameMemory<CloudHalf>(LIMITS);
  /** Frames whose record came alone though bytes were sent. */
  private readonly alone = new FrameMemory<true>(LIMITS);

  /** The half of a frame whose record has come; undefined when it may come later, or never. */
  take(device: string, frame: string, isSent: boolean): CloudHalf | undefined {
    const half = this.halves.take(device, frame);
    if (half === undefined && isSent) this.alone.set(device, frame, true);
    return half;
  }

  /** Keeps a half for its record; answers with it when that has come already. */
  ended({
    device,
    frame,
    work: _,
    ...half
  }: Events['inference.frameEnded']): NamedHalf | undefined {
    if (this.alone.take(device, frame) === true) return { device, frame, half };
    this.halves.set(device, frame, half);
    return undefined;
  }

  /** Drops what is kept for a deleted device. */
  forget(device: string): void {
    this.halves.forget(device);
    this.alone.forget(device);
  }
}
