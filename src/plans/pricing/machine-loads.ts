/** How long frames keep each machine busy, by cuts in turn. Pure. */
import type { Lane } from '../../planner/index.js';
import type { Cut } from './planner-network.js';
import { type Situation, simulatedFrame } from './prediction.js';

/** Mean busy time of a frame on each machine, in ms; of the cloud, on one of the workers that the device may count on. */
export interface MachineLoads {
  readonly deviceMs: number;
  readonly uplinkMs: number;
  readonly cloudMs: number;
}

/** The loads of frames that follow a pattern of cuts; undefined when a cut cannot be run. O(cuts · blocks) */
export function loadsOf(
  situation: Situation,
  cuts: readonly Cut[],
  pattern: readonly number[],
): MachineLoads | undefined {
  const timelines = cuts.map((cut) => simulatedFrame(situation, cut)?.timeline);
  if (timelines.includes(undefined)) return undefined;
  const busyMs = (number: number, lane: Lane): number =>
    (timelines[number] ?? [])
      .filter((bar) => bar.lane === lane)
      .reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const loadMs = (lane: Lane): number =>
    pattern.reduce((sum, number) => sum + busyMs(number, lane), 0) / pattern.length;
  const { workers = 1 } = situation;
  return {
    deviceMs: loadMs('device'),
    uplinkMs: loadMs('uplink'),
    cloudMs: loadMs('cloud') / workers,
  };
}

/** The load of the busiest machine: the shortest interval of frames. */
export function busiestMs({ deviceMs, uplinkMs, cloudMs }: MachineLoads): number {
  return Math.max(deviceMs, uplinkMs, cloudMs);
}
