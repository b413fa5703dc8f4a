/** What the settings say of how frames come: for the birth, from which the service plans. */
import { frameInterval } from '../../../src/wire/index.js';
import type { Settings } from './settings-table.js';

type Pace = Pick<Settings, 'objective' | 'mjpeg' | 'rtsp' | 'loop' | 'intervalMs' | 'inFlight'>;

/** Frames that come back to back are a stream, unless only one may be in flight. */
export function objectiveOf({ objective, loop, intervalMs, inFlight, ...cameras }: Pace) {
  const isEndless = hasCamera(cameras) || (loop && intervalMs === 0);
  return objective ?? (isEndless && inFlight > 1 ? 'stream' : 'frame');
}

/** Whether frames come from cameras. */
export function hasCamera({ mjpeg, rtsp }: Pick<Settings, 'mjpeg' | 'rtsp'>): boolean {
  return mjpeg !== undefined || rtsp.length > 0;
}

/** The interval in ms that frames are set to come at; undefined where it is not set, or plans are not to suit it. */
export function intervalOf(settings: Pace): number | undefined {
  return isPaced(settings) ? frameInterval.safeParse(settings.intervalMs).data : undefined;
}

/** Whether plans may suit the rate of frames: no objective comes before it, and frames overlap. */
export function isPaced({ objective, inFlight }: Pace): boolean {
  return objective === undefined && inFlight > 1;
}
