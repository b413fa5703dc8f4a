/** Cameras of a device as the REST interface shows them: what was reported, and unknown where that does not hold any more. */
import { z } from 'zod';
import { clamp, inputFigures, ranges, type Telemetry } from '../../wire/index.js';
import { type CameraState, isTelemetryCurrent } from '../store/camera-state.js';
import type { DeviceRow } from '../store/devices.store.js';

const inputView = inputFigures.extend({
  state: z.enum([...inputFigures.shape.state.options, 'unknown']),
});
type InputView = z.infer<typeof inputView>;

export const inputViews = z
  .array(inputView)
  .nullable()
  .describe(
    'Cameras as last reported, with ages of now; their state is unknown, and fps absent, when the device is offline or has sent no telemetry in this session. null: the agent does not report cameras',
  );

export interface CamerasView {
  readonly cameraState: CameraState;
  readonly inputs: InputView[] | null;
}

export function camerasViewOf(row: DeviceRow, said: Telemetry | null, now: Date): CamerasView {
  const isCurrent = isTelemetryCurrent(row, now);
  const ageMs = row.telemetryAt === null ? 0 : now.getTime() - row.telemetryAt.getTime();
  return {
    cameraState: isCurrent ? ((row.cameras ?? 'unknown') as CameraState) : 'unknown',
    inputs: said?.inputs?.map((input) => viewOf(input, ageMs, isCurrent)) ?? null,
  };
}

function viewOf(
  { fps, lastPictureAgeMs, ...input }: NonNullable<Telemetry['inputs']>[number],
  telemetryAgeMs: number,
  isCurrent: boolean,
): InputView {
  return {
    ...input,
    ...(!isCurrent && { state: 'unknown' as const }),
    ...(isCurrent && fps !== undefined && { fps }),
    ...(lastPictureAgeMs !== undefined && {
      lastPictureAgeMs: clamp(lastPictureAgeMs + Math.max(0, telemetryAgeMs), ranges.ageMs),
    }),
  };
}
