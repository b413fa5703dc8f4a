/**
 * The keys that frames count under in roll-ups: models that the service knows, and plans that it made for the device.
 *
 * A record names both, so a device could make a cell with every record. Rows are read and written as a whole. Frames of an
 * unknown model, and of an unknown plan, count in one bucket each.
 */
import type { CatalogueStore } from '../frames/catalogue.store.js';
import type { FrameTimes } from '../frames/frames.store.js';

/** The bucket of all models that the service does not know, and of those that a roll-up has no room for. */
export const OTHER_MODEL = '';
/** The bucket of plans; devices send 0 for a frame without a plan. */
export const OTHER_PLAN = 0;

export class KnownKeys {
  constructor(private readonly catalogue: CatalogueStore) {}

  /** The frames in the same order, each with the model and the plan that it counts under. Two queries, however many frames. */
  async of(frames: readonly FrameTimes[]): Promise<FrameTimes[]> {
    if (frames.length === 0) return [];
    const models = await this.catalogue.modelDigests();
    const plans = await this.catalogue.plansAmong(frames);
    return frames.map((frame) => ({
      ...frame,
      model: models.has(frame.model) ? frame.model : OTHER_MODEL,
      planVersion: plans.has(planName(frame)) ? frame.planVersion : OTHER_PLAN,
    }));
  }
}

const planName = ({ device, planVersion }: FrameTimes) => `${device} ${planVersion}`;
