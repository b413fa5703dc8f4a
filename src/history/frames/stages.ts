/** The columns of a frame's times, in one order for writing, reading and adding up. */
import { stageNames } from '../../wire/index.js';

/** total, then device … downlink. */
export const timedStages = ['total', ...stageNames] as const;
export type TimedStage = (typeof timedStages)[number];

/** `deviceMs` holds what was measured. */
export const measuredColumn = <S extends TimedStage>(stage: S) => `${stage}Ms` as const;

/** `predictedDeviceMs` holds what was predicted as the frame began. */
export const predictedColumn = (stage: TimedStage) =>
  `predicted${stage.charAt(0).toUpperCase()}${stage.slice(1)}Ms`;
