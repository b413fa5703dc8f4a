import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Broker } from '../broker/index.js';
import { Clock, type Config, EventBus } from '../platform/index.js';
import { encodeChunk } from '../wire/index.js';
import type { FrameEnds } from './answers/frame-ends.js';
import { InferenceHandler } from './inference.handler.js';
import type { InferenceService } from './inference.service.js';
import type { PlanLookup } from './plan-lookup.js';

const packet = (n: number) =>
  encodeChunk({
    ...{ frame: String(n).padStart(32, '0'), model: '0'.repeat(16), planVersion: 1 },
    ...{ tensorIndex: 0, encoding: 'raw', dtype: 'uint8', dims: [100], scale: 1, zeroPoint: 0 },
    ...{ deadlineMs: 1000, ageMs: 0, chunkIndex: 0, chunkCount: 1, offset: 0, tensorBytes: 100 },
    ...{ isLastOfTensor: true, isLastOfFrame: true, bytes: new Uint8Array(100).fill(n) },
  });

it('counts each packet that waits for the plans of its device until it was taken, and drops those of devices that left', async () => {
  const loads: (() => void)[] = [];
  const taken: number[] = [];
  const rejected: number[] = [];
  let connection: string | undefined = 'c';
  const events = new EventBus(pino({ level: 'silent' }));
  const bound = 3 * packet(0).length;
  const inference: Pick<InferenceService, 'takeChunk'> = {
    takeChunk: (_, { bytes }) => void taken.push(bytes[0] ?? 0),
  };
  const ends: Pick<FrameEnds, 'refuse'> = {
    refuse: (_, frame) => void rejected.push(Number(frame)),
  };
  const plans: Pick<PlanLookup, 'of'> = {
    of: () => new Promise((resolve) => loads.push(() => resolve(undefined))),
  };
  new InferenceHandler(
    events,
    inference as InferenceService,
    ends as FrameEnds,
    plans as PlanLookup,
    { connectionOf: () => connection } as unknown as Broker,
    new Clock(),
    { deviceBudgetBytes: bound, totalBudgetBytes: bound } as unknown as Config,
  ).onModuleInit();
  const send = (n: number) => {
    const bytes = packet(n);
    events.emit('wire.tensor', { device: 'pi', connection: 'c', payload: bytes });
    bytes.fill(0);
  };
  for (const n of [1, 2, 3, 4]) send(n);
  expect(rejected).toEqual([4]);
  loads[0]?.();
  await expect.poll(() => taken).toEqual([1]);
  for (const n of [5, 6]) send(n);
  expect(rejected).toEqual([4, 6]);
  // Chunks that a device sent before it left, or on an older connection, begin no frame.
  connection = undefined;
  loads[1]?.();
  await Promise.resolve();
  connection = 'another';
  loads[2]?.();
  await new Promise(setImmediate);
  expect(taken).toEqual([1]);
  connection = 'c';
  loads[4]?.();
  await expect.poll(() => taken).toEqual([1, 5]);
});
