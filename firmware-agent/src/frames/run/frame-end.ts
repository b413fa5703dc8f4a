/** End of a frame: outcome, stage times, the device's share, and whether the cloud was silent. */
import type { Fault, StageTimes, Tensor } from '../../../../src/wire/index.js';
import type { Answer } from '../../cloud/transfer/expected-answers.js';
import type { BlockRun } from '../../compute/block-times.js';
import type { ComputeFrame } from './compute-frame.js';
import type { FrameUpload } from './frame-upload.js';

/** The device's part of a frame: times of its blocks and the overheads around them. */
export interface DeviceShare {
  readonly runs: readonly BlockRun[];
  /** From asking for a block's run to its answer, less the run: of all blocks but the first. */
  readonly handOversMs: readonly number[];
  /** All the time that is in no stage and no waiting for a turn, hand-overs included. */
  readonly overheadMs: number;
}

export interface FrameEnd {
  readonly outcome: 'cloud' | 'local-plan' | 'local-fallback';
  /** Why the frame was finished here though the plan wanted otherwise. */
  readonly fault?: Fault;
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly startedMs: number;
  readonly totalMs: number;
  readonly measured: StageTimes;
  readonly sentBytes: number;
  /** The cloud said nothing of the frame, not even that its bytes arrive. */
  readonly isSilent: boolean;
  /** What the device did for it; undefined where it did more than the plan's part. */
  readonly share: DeviceShare | undefined;
}

/** A frame that is over, as far as times go; all of them on the monotonic clock. */
export interface LivedFrame {
  readonly computed: Pick<ComputeFrame, 'runs' | 'handOversMs' | 'deviceMs' | 'encodeMs'>;
  /** Undefined where nothing was to be sent. */
  readonly upload: Pick<FrameUpload, 'times' | 'upload'> | undefined;
  /** Undefined where none came. */
  readonly answer: Answer | undefined;
  readonly startedMs: number;
  readonly endedMs: number;
  /** When the device's part was over, and how long it had waited for its turn. */
  readonly deviceEndMs: number;
  readonly waitedMs: number;
}

/** What waiting ends with when nothing comes. */
const OWN_FAULTS: readonly Fault['code'][] = ['FRAME_EXPIRED', 'CLOUD_UNREACHABLE'];

/** What the stages took. */
export function stagesOf({ computed, upload, answer }: LivedFrame): StageTimes {
  const { firstSentAtMs, lastAckAtMs, encodeMs: framingMs = 0 } = upload?.times ?? {};
  const encodeMs = computed.encodeMs + framingMs;
  const result = answer?.kind === 'result' ? answer : undefined;
  const { queueMs, cloudMs } = result?.head ?? { queueMs: 0, cloudMs: 0 };
  const isOut = firstSentAtMs !== undefined && lastAckAtMs !== undefined;
  const uplinkMs = isOut ? lastAckAtMs - firstSentAtMs : 0;
  const downlinkMs =
    result !== undefined && isOut ? Math.max(0, result.atMs - lastAckAtMs - queueMs - cloudMs) : 0;
  return { deviceMs: computed.deviceMs, encodeMs, uplinkMs, queueMs, cloudMs, downlinkMs };
}

/** What the device did for a frame that ran as planned. */
export function shareOf(lived: LivedFrame): DeviceShare {
  const { computed, answer, startedMs, endedMs, deviceEndMs, waitedMs } = lived;
  const { runs, handOversMs, deviceMs, encodeMs } = computed;
  const heardMs = answer?.kind === 'result' ? answer.atMs : deviceEndMs;
  const beforeMs = deviceEndMs - startedMs - waitedMs - deviceMs - encodeMs;
  const afterMs = endedMs - Math.max(deviceEndMs, heardMs);
  return { runs, handOversMs, overheadMs: Math.max(0, beforeMs + afterMs) };
}

/** Nothing was heard of what was sent: no acknowledgement, or no answer to all of it. A refusal is no silence. */
export function isSilence({ upload, answer }: LivedFrame): boolean {
  if (upload === undefined) return false;
  if (answer?.kind === 'fault' && !OWN_FAULTS.includes(answer.fault.code)) return false;
  return upload.times.lastAckAtMs === undefined || upload.upload.unackedBytes === 0;
}
