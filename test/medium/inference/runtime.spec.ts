/** runtime with real processes: what a network does there must never reach this one. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChildProcess } from '../../../src/runtime/index.js';
import {
  openSession,
  packTensors,
  spawnChild,
  type TensorParts,
  unpackTensors,
} from '../../../src/runtime/index.js';
import { dtypes, elementBytes, type Tensor } from '../../../src/wire/index.js';
import {
  endlessLoop,
  giantAllocation,
  identity,
  unknownOperator,
} from '../../support/networks/hostile-models.js';

const MIB = 1024 ** 2;
const entry = new URL('../../support/processes/runtime-child.js', import.meta.url);
const children: ChildProcess[] = [];

function start(memoryBytes = 512 * MIB): ChildProcess {
  const child = spawnChild({ name: 'test child', entry, memoryBytes });
  children.push(child);
  return child;
}

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.close(100)));
});

const floats = (...values: number[]): Tensor => ({
  dtype: 'float32',
  dims: [values.length],
  data: new Uint8Array(Float32Array.from(values).buffer),
});

async function run(
  child: ChildProcess,
  model: Uint8Array,
  feeds: Map<string, Tensor>,
  timeoutMs = 10_000,
) {
  const { parts, buffers } = packTensors(feeds);
  const reply = await child.call('run', parts, [model, ...buffers], { timeoutMs });
  return unpackTensors(reply.head as TensorParts, reply.buffers);
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a child process', () => {
  it('gives way to other processes, with all its threads, when it has a niceness', async () => {
    const child = spawnChild({ name: 'test child', entry, memoryBytes: 512 * MIB, niceness: 5 });
    children.push(child);
    await run(child, identity('float32', [1]), new Map([['x', floats(1)]]));
    const threads = readdirSync(`/proc/${child.pid}/task`);
    expect(threads.length).toBeGreaterThan(1);
    expect(new Set(threads.map((id) => getPriority(Number(id))))).toEqual(new Set([5]));
  });

  it('answers calls in order, with their bytes', async () => {
    const child = start();
    const sizes = [0, 1, 65_537, 3 * MIB];
    const replies = await Promise.all(
      sizes.map((size) =>
        child.call('echo', { size }, [Buffer.alloc(size, size % 251), Buffer.alloc(3, 9)], {
          timeoutMs: 10_000,
        }),
      ),
    );
    replies.forEach(({ buffers }, i) => {
      expect(buffers.map((buffer) => buffer.length)).toEqual([sizes[i], 3]);
      expect(buffers[0]?.every((byte) => byte === (sizes[i] ?? 0) % 251)).toBe(true);
    });
  });

  it('gets more bytes at once than it shares memory for, none of them in place of others', async () => {
    const child = start(1024 * MIB);
    const sizes = [9, 11, 13, 7, 12, 5].map((mib) => mib * MIB);
    for (let round = 0; round < 2; round++) {
      const replies = await Promise.all(
        sizes.map((size, i) =>
          child.call('echo', i, [Buffer.alloc(size, i + 1), Buffer.alloc(MIB, 100 + i)], {
            timeoutMs: 20_000,
          }),
        ),
      );
      replies.forEach(({ buffers }, i) => {
        const [large, small] = buffers;
        expect(Buffer.alloc(sizes[i] ?? 0, i + 1).equals(large ?? Buffer.alloc(0))).toBe(true);
        expect(Buffer.alloc(MIB, 100 + i).equals(small ?? Buffer.alloc(0))).toBe(true);
      });
    }
  });

  it('reports its progress, and hands faults on as they are', async () => {
    const child = start();
    const seen: unknown[] = [];
    await child.call('count', 3, [], { timeoutMs: 10_000, onProgress: (n) => seen.push(n) });
    expect(seen).toEqual([1, 2, 3]);
    await expect(child.call('refuse', null, [], { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: 'not this one',
    });
  });

  it('knows nothing of this process’s environment but where programs are', async () => {
    process.env.FLOTILLA_OPERATOR_KEY = 'secret';
    const reply = await start().call('environment', null, [], { timeoutMs: 10_000 });
    delete process.env.FLOTILLA_OPERATOR_KEY;
    expect(Object.keys(reply.head as object)).not.toContain('FLOTILLA_OPERATOR_KEY');
    expect(JSON.stringify(reply.head)).not.toContain('secret');
  });

  it('is reported lost, with its exit code, when it ends by itself', async () => {
    const child = start();
    const both = [
      child.call('exit', 7, [], { timeoutMs: 10_000 }),
      child.call('echo', 1, [], { timeoutMs: 10_000 }),
    ];
    const outcomes = await Promise.allSettled(both);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'WORKER_LOST' } });
    }
    expect(child.loss).toMatchObject({ reason: 'exit', exitCode: 7 });
    await expect(child.call('echo', 1, [], { timeoutMs: 10_000 })).rejects.toThrow('exit code 7');
  });

  it('is killed when an answer takes too long, or when it is no longer wanted', async () => {
    const late = start();
    await late.call('echo', 1, [], { timeoutMs: 10_000 });
    await expect(late.call('hang', 1, [], { timeoutMs: 100 })).rejects.toThrow('too long');
    expect(late.loss?.reason).toBe('timeout');
    const unwanted = start();
    const controller = new AbortController();
    const call = unwanted.call('hang', 1, [], { timeoutMs: 10_000, signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toThrow('was stopped');
  });

  it('cannot take more memory than it may', async () => {
    const child = start(256 * MIB);
    await expect(child.call('hoard', 2000, [], { timeoutMs: 20_000 })).rejects.toThrow(
      /memory|allocation/i,
    );
  });

  it('ends with its parent even while it never returns', async () => {
    const args = [
      ...process.execArgv,
      fileURLToPath(new URL('../../support/processes/runtime-parent.js', import.meta.url)),
    ];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    for (let i = 0; i < 100 && isAlive(pid); i++) await sleep(20);
    expect(isAlive(pid)).toBe(false);
  });
});

describe('a session', () => {
  it('hands tensors of every type through, wherever their bytes lie', async () => {
    for (const dtype of dtypes) {
      const session = await openSession(identity(dtype, [2, 3]));
      const bytes = Uint8Array.from({ length: 6 * elementBytes(dtype) + 1 }, (_, i) =>
        dtype === 'bool' ? i % 2 : i + 1,
      );
      const tensor = { dtype, dims: [2, 3], data: bytes.subarray(1) };
      const outputs = await session.run(new Map([['x', tensor]]));
      expect(outputs.get('y')).toMatchObject({ dtype, dims: [2, 3] });
      expect(Buffer.from(outputs.get('y')?.data ?? [])).toEqual(Buffer.from(tensor.data));
      await session.release();
    }
  });

  it('names the input that has the wrong number of bytes', async () => {
    const session = await openSession(identity('float32', [2]));
    const feeds = new Map([['x', { ...floats(1), dims: [2] }]]);
    await expect(session.run(feeds)).rejects.toThrow('x has 4 bytes, which do not make float32[2]');
  });
});

describe('a network in a child process', () => {
  it('rejects an unknown operator in one sentence', async () => {
    await expect(run(start(), unknownOperator(), new Map())).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(/^ONNX Runtime: .*Frobnicate/),
    });
  });

  it('is killed at the timeout when it never ends', async () => {
    const child = start();
    await child.call('echo', 1, [], { timeoutMs: 10_000 });
    await expect(run(child, endlessLoop(), new Map([['x', floats(1)]]), 300)).rejects.toThrow(
      'too long',
    );
    expect(child.loss).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' });
  });

  it('is denied 14 GB of memory', async () => {
    const child = start();
    const feeds = new Map([['x', floats(0, 0)]]);
    for (const isConstant of [false, true]) {
      await expect(run(child, giantAllocation({ isConstant }), feeds)).rejects.toMatchObject({
        code: 'MODEL_TOO_COSTLY',
      });
    }
  });
});
