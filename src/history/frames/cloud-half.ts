/** The cloud's part of a frame's times, as events bring it and rows keep it. */
import type { Events } from '../../platform/index.js';

/** When the cloud received, ran and answered one frame; times on the service's clock, in ms since 1970. */
export type CloudHalf = Omit<Events['inference.frameEnded'], 'device' | 'frame' | 'work'>;

export interface NamedHalf {
  readonly device: string;
  readonly frame: string;
  readonly half: CloudHalf;
}
