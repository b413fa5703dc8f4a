/**
 * Tails through the pool of tail processes against a bare loop of ONNX Runtime: as many processes, as many threads, the same
 * blocks and tensors. The two take turns, so that what else runs on the machine falls on both.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { TailPool } from '../../src/inference/tail-pool/tail-pool.js';
import { TAIL_NICENESS } from '../../src/inference/tail-pool/tail-worker.js';
import type { Tail } from '../../src/inference/tail-process/tail.js';
import { Clock } from '../../src/platform/index.js';
import { packTensors, spawnChild } from '../../src/runtime/index.js';
import type { Tensor } from '../../src/wire/index.js';
import { type SplitModel, seeded, splitModel } from '../support/devices/split-model.js';
import type { BenchOptions } from './bench-options.js';
import { percent, quantile, table } from './measure.js';
import type { LoopHead } from './tails/tail-loop.js';

const MIB = 2 ** 20;
const MEMORY_BYTES = 1024 * MIB;
const LOOP = new URL('./tails/tail-loop.js', import.meta.url);
/** Frames that wait or run, for each process: the next one is there when one is done. */
const FRAMES_PER_WORKER = 4;

/** Where the tail begins, as a share of the network's units. */
const CASES = [
  { name: 'mobilenetv2', after: 0.1 },
  { name: 'mobilenetv2', after: 0.5 },
  { name: 'squeezenet', after: 0.2 },
  { name: 'resnet18', after: 0.2 },
] as const;

interface Machine {
  readonly workers: number;
  readonly rounds: number;
  readonly forMs: number;
}

interface TailCase {
  readonly tail: Tail;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Prints a table: frames a second of both, their ratio round by round. */
export async function tails({ isShort }: BenchOptions): Promise<void> {
  const size = isShort ? { rounds: 1, forMs: 300 } : { rounds: 9, forMs: 1500 };
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-tails-'));
  try {
    const rows: string[][] = [];
    for (const { name, after } of isShort ? CASES.slice(0, 1) : CASES) {
      const one = await caseOf(name, after, folder);
      for (const workers of isShort ? [1] : [1, 2]) {
        rows.push([
          `${name}, after ${percent(after)}`,
          ...(await rowOf(one, { ...size, workers })),
        ]);
      }
    }
    const header = ['tail', 'KiB in', 'processes', 'bare, frames/s', 'pool, frames/s'];
    console.log(table([...header, 'pool / bare, median', 'least', 'most'], rows));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rowOf({ tail, tensors }: TailCase, machine: Machine): Promise<string[]> {
  const { workers, rounds, forMs } = machine;
  const { parts, buffers } = packTensors(tensors);
  const options = { workers, threads: 1, memoryBytes: MEMORY_BYTES, cacheBytes: 512 * MIB };
  const pool = new TailPool(options, new Clock(), pino({ level: 'silent' }));
  const alike = { entry: LOOP, memoryBytes: MEMORY_BYTES, niceness: TAIL_NICENESS };
  const loops = Array.from({ length: workers }, (_, i) =>
    spawnChild({ name: `loop ${i}`, ...alike }),
  );
  const bareRate = async (ms: number): Promise<number> => {
    const paths = tail.blocks.map(({ path }) => path);
    const head: LoopHead = { paths, parts, threads: 1, forMs: ms };
    const rates = await Promise.all(
      loops.map((loop) => loop.call('loop', head, buffers, { timeoutMs: 60_000 })),
    );
    return rates.reduce((sum, { head: rate }) => sum + Number(rate), 0);
  };
  try {
    await bareRate(300);
    await poolRate(pool, { tail, tensors }, workers, 300);
    const runs: { bare: number; pooled: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const bare = await bareRate(forMs);
      runs.push({ bare, pooled: await poolRate(pool, { tail, tensors }, workers, forMs) });
    }
    const ratios = runs.map(({ bare, pooled }) => pooled / bare);
    const median = (of: (run: (typeof runs)[number]) => number): string =>
      quantile(runs.map(of), 0.5).toFixed(1);
    const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
    return [
      (bytes / 1024).toFixed(0),
      String(workers),
      median(({ bare }) => bare),
      median(({ pooled }) => pooled),
      ...[0.5, 0, 1].map((share) => percent(quantile(ratios, share))),
    ];
  } finally {
    await pool.close(0);
    await Promise.all(loops.map((loop) => loop.close(0)));
  }
}

/** Frames a second of a pool that always has some waiting. */
async function poolRate(
  pool: TailPool,
  { tail, tensors }: TailCase,
  workers: number,
  forMs: number,
): Promise<number> {
  const encoded = tail.tensors.map((head) => ({
    ...head,
    data: tensors.get(head.name)?.data ?? new Uint8Array(),
  }));
  const startMs = performance.now();
  let frames = 0;
  const device = async (id: number): Promise<void> => {
    while (performance.now() - startMs < forMs) {
      const expiresAtMs = Number.POSITIVE_INFINITY;
      await pool.run({
        device: `pi-${id}`,
        frame: `${frames}`,
        tail,
        tensors: encoded,
        expiresAtMs,
      });
      frames += 1;
    }
  };
  await Promise.all(Array.from({ length: workers * FRAMES_PER_WORKER }, (_, id) => device(id)));
  return (1000 * frames) / (performance.now() - startMs);
}

/** A network cut once; its tail in files. */
async function caseOf(name: string, after: number, folder: string): Promise<TailCase> {
  const split = await splitModel(name, 1, ({ units }) => [
    units.slice(0, Math.round(after * units.length)).map(({ id }) => id),
  ]);
  await split.whole.release();
  const { document } = split;
  const blocks = document.blocks.slice(1);
  const made = new Set(blocks.flatMap(({ outputs }) => outputs));
  const fed = new Set(blocks.flatMap(({ inputs }) => inputs).filter((one) => !made.has(one)));
  const specs = document.tensors.filter((tensor) => fed.has(tensor.name));
  const tensors = specs.map(
    ({ name: tensor, dims }) => [tensor, seeded({ dtype: 'float32', dims })] as const,
  );
  return { tail: await tailOf(split, blocks, specs, folder), tensors: new Map(tensors) };
}

async function tailOf(
  { document, blocks: bytes }: SplitModel,
  blocks: SplitModel['document']['blocks'],
  specs: SplitModel['document']['tensors'],
  folder: string,
): Promise<Tail> {
  const files = blocks.map(({ digest }) => ({ digest, path: join(folder, digest) }));
  for (const { digest, path } of files)
    await writeFile(path, bytes.get(digest) ?? new Uint8Array());
  return {
    model: document.id,
    blocks: files,
    tensors: specs.map(({ name, dtype, dims }) => ({
      ...{ name, dtype, dims, encoding: 'raw', scale: 1, zeroPoint: 0 },
    })),
    outputs: document.outputs.map(({ name }) => name),
  };
}
