/** Tail processes with real networks: what they answer, and what becomes of frames when they die. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TailPool } from '../../../src/inference/tail-pool/tail-pool.js';
import type { EncodedTensor, Tail, TailFrame } from '../../../src/inference/tail-process/tail.js';
import { Clock } from '../../../src/platform/index.js';
import { Fault, type Tensor, tensorOfPixels } from '../../../src/wire/index.js';
import { newFrameId } from '../../support/devices/played-device.js';
import { type SplitModel, splitModel } from '../../support/devices/split-model.js';
import { endlessLoop } from '../../support/networks/hostile-models.js';
import { waitFor } from '../../support/wait-for.js';

const MIB = 1024 ** 2;
/** Numbers that are not scaled. */
const PLAIN = { scale: 1, zeroPoint: 0 };
const clock = new Clock();
const pools: TailPool[] = [];
let folder: string;
let network: SplitModel;
/** For tests that lose no process; counts go on from test to test. */
let pool: TailPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-pool-'));
  network = await splitModel('tiny-fork');
  for (const [digest, bytes] of network.blocks) await writeFile(join(folder, digest), bytes);
  pool = poolOf(1);
});
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close(0))));
afterAll(async () => {
  await pool.close(0);
  await network.whole.release();
  await rm(folder, { recursive: true, force: true });
});

function poolOf(workers: number): TailPool {
  const options = { workers, threads: 1, memoryBytes: 512 * MIB, cacheBytes: 64 * MIB };
  return new TailPool(options, clock, pino({ level: 'silent' }));
}

/** A pool that is closed after the test. */
function newPool(workers = 1): TailPool {
  const own = poolOf(workers);
  pools.push(own);
  return own;
}

/** All blocks of the network, in order. */
function wholeTail(): Tail {
  const { document } = network;
  return {
    model: document.id,
    blocks: document.blocks.map(({ digest }) => ({ digest, path: join(folder, digest) })),
    tensors: [{ name: 'image', dtype: 'float32', dims: [1, 3, 32, 32], encoding: 'raw', ...PLAIN }],
    outputs: document.outputs.map(({ name }) => name),
  };
}

const floats = (length: number, value: (i: number) => number): Uint8Array =>
  new Uint8Array(Float32Array.from({ length }, (_, i) => value(i)).buffer);

function imageOf(tail: Tail, data = floats(3 * 32 * 32, (i) => Math.sin(i))): EncodedTensor[] {
  return tail.tensors.map((head) => ({ ...head, data }));
}

function frameOf(tail: Tail, changes: Partial<TailFrame> = {}): TailFrame {
  const expiresAtMs = clock.monotonicMs() + 20_000;
  return {
    device: 'pi',
    frame: newFrameId(),
    tail,
    tensors: imageOf(tail),
    expiresAtMs,
    ...changes,
  };
}

/** A tail that never ends: a few hundred bytes of Loop. */
async function endless(): Promise<Tail> {
  const bytes = endlessLoop();
  const path = join(folder, 'endless');
  await writeFile(path, bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const tensors = [{ name: 'x', dtype: 'float32', dims: [1], encoding: 'raw', ...PLAIN }] as const;
  return { model: 'endless', blocks: [{ digest, path }], tensors, outputs: ['y'] };
}

async function endlessFrame(): Promise<TailFrame> {
  const tail = await endless();
  return frameOf(tail, {
    tensors: imageOf(
      tail,
      floats(1, () => 1),
    ),
  });
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof Fault ? error.code : String(error)),
  );

const bytesOf = (outputs: ReadonlyMap<string, Tensor>) =>
  [...outputs].map(([name, { data }]) => [name, Buffer.from(data).toString('hex')]);

/** The largest difference of two float32 answers, relative to the largest number. */
function difference(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): number {
  const numbers = (outputs: ReadonlyMap<string, Tensor>): number[] =>
    [...a.keys()].flatMap((name) => [
      ...new Float32Array(new Uint8Array(outputs.get(name)?.data ?? []).buffer),
    ]);
  const [left, right] = [numbers(a), numbers(b)];
  const largest = Math.max(...left.map(Math.abs));
  return Math.max(...left.map((value, i) => Math.abs(value - (right[i] ?? Number.NaN)))) / largest;
}

describe('the tail pool', () => {
  it('runs blocks to the same numbers as the whole network', async () => {
    const frame = frameOf(wholeTail());
    const unsplit = await network.whole.run(new Map(frame.tensors.map((one) => [one.name, one])));
    const answer = await pool.run(frame);
    expect([...answer.outputs.keys()]).toEqual(network.document.outputs.map(({ name }) => name));
    expect(difference(unsplit, answer.outputs)).toBeLessThan(1e-5);
    expect(answer.cloudMs).toBeGreaterThan(0);
  });

  it('prepares pixels by the model’s manifest', async () => {
    const tail = wholeTail();
    const [image] = network.document.inputs.map((input) => input.image);
    if (image === undefined) throw new Error('no image input');
    const pixels = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 7) % 256);
    const tensor = {
      name: 'image',
      ...tensorOfPixels(pixels, image),
      encoding: 'raw' as const,
      ...PLAIN,
    };
    const head = { ...tensor, encoding: 'pixels' as const, image, data: pixels };
    const asPixels = await pool.run(frameOf(tail, { tensors: [head] }));
    const asTensor = await pool.run(frameOf(tail, { tensors: [tensor] }));
    expect(bytesOf(asPixels.outputs)).toEqual(bytesOf(asTensor.outputs));
  });

  it('passes NaN on, and reports it', async () => {
    const tail = wholeTail();
    const tensors = imageOf(
      tail,
      floats(3 * 32 * 32, (i) => (i === 77 ? Number.NaN : 1)),
    );
    const answer = await pool.run(frameOf(tail, { tensors }));
    expect(answer.nonFinite).toEqual(['image']);
  });

  it('runs a frame again in another process when its own was killed, and brings a new process up', async () => {
    const pool = newPool(2);
    const tail = wholeTail();
    await pool.run(frameOf(tail));
    const frames = Array.from({ length: 40 }, (_, i) =>
      pool.run(frameOf(tail, { device: `pi-${i}` })),
    );
    const [victim = 0] = pool.pids;
    process.kill(victim, 'SIGKILL');
    const answers = await Promise.all(frames);
    expect(answers).toHaveLength(40);
    await waitFor(() => expect(pool.alive).toBe(2), { timeout: 5000 });
    expect(pool.pids).not.toContain(victim);
    expect(pool.counts).toMatchObject({ run: 41, workersLost: 1, failed: 0 });
  });

  it('counts the wait of one frame of those that waited while sessions were opened', async () => {
    const pool = newPool(1);
    const tail = wholeTail();
    const run = () => Promise.all(Array.from({ length: 6 }, () => pool.run(frameOf(tail))));
    const [first, ...others] = await run();
    expect(first?.waitMs).toBe(first?.queueMs);
    // A process is handed the next frame while one runs: the second got its turn with the first's end.
    expect(others.filter(({ waitMs }) => waitMs !== undefined)).toHaveLength(1);
    expect((await run()).map(({ waitMs, queueMs }) => waitMs === queueMs)).toEqual(
      Array(6).fill(true),
    );
  });

  it('gives up a frame that costs two processes, and serves the others', async () => {
    const pool = newPool(1);
    const lost = codeOf(pool.run(await endlessFrame()));
    const fine = codeOf(pool.run(frameOf(wholeTail())));
    for (let kills = 0; kills < 2; kills++) {
      await waitFor(() => expect(pool.pids).toHaveLength(1), { timeout: 5000 });
      await sleep(300);
      process.kill(pool.pids[0] ?? 0, 'SIGKILL');
      await waitFor(() => expect(pool.counts.workersLost).toBe(kills + 1), { timeout: 5000 });
    }
    expect(await lost).toBe('WORKER_LOST');
    expect(await fine).toBe('answered');
  });

  it('does not run expired frames', async () => {
    const before = { ...pool.counts };
    const busy = pool.run(frameOf(wholeTail()));
    const late = codeOf(pool.run(frameOf(wholeTail(), { expiresAtMs: clock.monotonicMs() - 1 })));
    pool.expire(clock.monotonicMs());
    expect(await late).toBe('FRAME_EXPIRED');
    await busy;
    expect(pool.counts).toMatchObject({ run: before.run + 1, expired: before.expired + 1 });
  });

  it('rejects a block whose file was changed or deleted', async () => {
    const pool = newPool(1);
    const tail = wholeTail();
    const [first] = tail.blocks;
    if (first === undefined) throw new Error('no block');
    const path = join(folder, 'changed');
    await writeFile(path, 'not the block');
    const changed = { ...tail, blocks: [{ ...first, path }] };
    const missing = { ...tail, blocks: [{ ...first, path: join(folder, 'nowhere') }] };
    expect(await codeOf(pool.run(frameOf(changed)))).toBe('BLOCK_CORRUPT');
    expect(await codeOf(pool.run(frameOf(missing)))).toBe('BLOCK_UNKNOWN');
    expect(pool.counts.workersLost).toBe(0);
  });

  it('reports what failed when a network rejects its input', async () => {
    const tensors = [
      {
        name: 'image',
        dtype: 'float32' as const,
        dims: [1, 3, 8, 8],
        ...{ encoding: 'raw' as const, ...PLAIN },
        data: new Uint8Array(768),
      },
    ];
    expect(await codeOf(pool.run(frameOf(wholeTail(), { tensors })))).toBe('FRAME_FAILED');
    expect(await codeOf(pool.run(frameOf(wholeTail())))).toBe('answered');
  });

  it('bounds what one device may have waiting', async () => {
    const codes = Array.from({ length: 40 }, () => codeOf(pool.run(frameOf(wholeTail()))));
    const all = await Promise.all(codes);
    expect(all.filter((code) => code === 'answered').length).toBeGreaterThanOrEqual(32);
    expect(all.at(-1)).toBe('FRAME_REFUSED');
  });

  it('opens sessions ahead of the first frame, also in a process that took the place of another', async () => {
    const pool = newPool(2);
    pool.prepare(wholeTail());
    await waitFor(() => expect(pool.counts.warmed).toBe(2), { timeout: 10_000 });
    process.kill(pool.pids[0] ?? 0, 'SIGKILL');
    await waitFor(() => expect(pool.counts.warmed).toBe(3), { timeout: 10_000 });
  });

  it('finishes the frames it has when it is closed, and takes no more', async () => {
    const pool = newPool(1);
    const frames = Array.from({ length: 8 }, () => codeOf(pool.run(frameOf(wholeTail()))));
    const closing = pool.close(10_000);
    expect(await codeOf(pool.run(frameOf(wholeTail())))).toBe('SHUTTING_DOWN');
    await closing;
    expect(await Promise.all(frames)).toEqual(Array(8).fill('answered'));
    expect(pool.alive).toBe(0);
  });

  it('ends in time although a network does not', async () => {
    const pool = newPool(1);
    const stuck = codeOf(pool.run(await endlessFrame()));
    await sleep(300);
    await pool.close(100);
    expect(['WORKER_LOST', 'SHUTTING_DOWN']).toContain(await stuck);
  });
});

describe('a frame of which some tensors are all there', () => {
  let cameras: SplitModel;
  beforeAll(async () => {
    cameras = await splitModel('three-cameras');
    for (const [digest, bytes] of cameras.blocks) await writeFile(join(folder, digest), bytes);
  });
  afterAll(() => cameras.whole.release());

  /** The whole network, fed with the three pictures. */
  function camerasFrame(): TailFrame {
    const { document } = cameras;
    const specs = document.inputs.flatMap(({ name }) =>
      document.tensors.filter((tensor) => tensor.name === name),
    );
    const tensors = specs.map(({ name, dtype, dims, bytes }, n) => ({
      ...{ name, dtype, dims, encoding: 'raw' as const, scale: 1, zeroPoint: 0 },
      data: floats(bytes / 4, (i) => Math.sin(i * (n + 1))),
    }));
    const blocks = document.blocks.map(({ digest }) => ({ digest, path: join(folder, digest) }));
    const outputs = document.outputs.map(({ name }) => name);
    return { ...frameOf({ model: document.id, blocks, tensors, outputs }), tensors };
  }

  it('is begun by an idle process, with the same outputs', async () => {
    const own = newPool(2);
    const cold = await own.run(camerasFrame());
    const whole = await own.run(camerasFrame());
    const frame = camerasFrame();
    own.begin({ ...frame, tensors: frame.tensors.slice(0, 2) });
    await waitFor(() => expect(own.counts.begun).toBe(1));
    const rest = await own.run(frame);
    expect(bytesOf(rest.outputs)).toEqual(bytesOf(whole.outputs));
    expect(bytesOf(cold.outputs)).toEqual(bytesOf(whole.outputs));
  });

  it('opens sessions ahead of a frame, whose wait then counts once for all that waited', async () => {
    const own = newPool(1);
    own.begin(camerasFrame());
    const answers = await Promise.all(Array.from({ length: 6 }, () => own.run(camerasFrame())));
    expect(answers.map(({ overheadMs }) => overheadMs)).not.toContain(undefined);
    expect(answers.filter(({ waitMs }) => waitMs !== undefined)).toHaveLength(1);
  });

  it('is answered correctly when it completes early, or when its process was lost', async () => {
    const own = newPool(1);
    const whole = await own.run(camerasFrame());
    const frame = camerasFrame();
    own.begin({ ...frame, tensors: frame.tensors.slice(1) });
    const rest = await own.run(frame);
    expect(bytesOf(rest.outputs)).toEqual(bytesOf(whole.outputs));
    const lost = camerasFrame();
    own.begin({ ...lost, tensors: lost.tensors.slice(0, 1) });
    await waitFor(() => expect(own.counts.begun).toBe(2));
    for (const pid of own.pids) process.kill(pid, 'SIGKILL');
    expect(bytesOf((await own.run(lost)).outputs)).toEqual(bytesOf(whole.outputs));
  });
});
