/** Assembly against honest devices of every sort, and against liars. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Chunk,
  decodeChunk,
  encodeChunk,
  Fault,
  type FaultCode,
  type ImageSpec,
} from '../../wire/index.js';
import { Assembly } from './assembly.js';
import { ByteBudget } from './byte-budget.js';
import type { FrameRules } from './frame-rules.js';
import type { CompleteFrame } from './open-frame.js';

const MODEL = '00112233445566ff';
const DEVICE = 'pi-1';
const image: ImageSpec = {
  width: 40,
  height: 40,
  layout: 'NCHW',
  channels: 'RGB',
  scale: 1,
  mean: 0,
  deviation: 1,
  fit: 'fill',
};

const RULES: FrameRules = {
  planVersion: 3,
  cut: 0,
  modelId: 'm1',
  model: MODEL,
  tensors: [
    { name: 'x', dtype: 'float32', dims: [1, 3, 40, 40], encodings: ['pixels', 'raw'], image },
    { name: 'y', dtype: 'float32', dims: [1, 700], encodings: ['raw'] },
    { name: 'empty', dtype: 'int64', dims: [0], encodings: ['raw'] },
  ],
};

const frameIdOf = (n: number): string => n.toString(16).padStart(32, '0');

/** Bytes that differ from tensor to tensor and from frame to frame. */
function bytesOf(frame: number, tensor: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + tensor * 7 + frame * 13) % 251);
}

/** The chunks of one tensor, cut at multiples of a size. */
function chunksOf(frame: number, index: number, chunkBytes: number, encoding = 'raw'): Chunk[] {
  const rule = RULES.tensors[index];
  if (rule === undefined) throw new Error(`no tensor ${index}`);
  const elements = rule.dims.reduce((product, dim) => product * dim, 1);
  const elementSize = encoding === 'pixels' ? 1 : rule.dtype === 'int64' ? 8 : 4;
  const data = bytesOf(frame, index, elements * elementSize);
  const chunkCount = Math.max(1, Math.ceil(data.length / chunkBytes));
  return Array.from({ length: chunkCount }, (_, i) => ({
    ...{ frame: frameIdOf(frame), model: MODEL, planVersion: 3, tensorIndex: index },
    ...{ encoding: encoding as 'raw', dtype: rule.dtype, dims: rule.dims, scale: 1, zeroPoint: 0 },
    ...{ deadlineMs: 1000, ageMs: 10, chunkIndex: i, chunkCount, offset: i * chunkBytes },
    ...{ tensorBytes: data.length, isLastOfTensor: i === chunkCount - 1, isLastOfFrame: false },
    bytes: data.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  }));
}

const wholeFrame = (frame: number, chunkBytes = 2048): Chunk[] =>
  RULES.tensors.flatMap((_, index) => chunksOf(frame, index, chunkBytes));

/** As it comes from the network: a view into a packet. */
const received = (chunk: Chunk): Chunk => decodeChunk(encodeChunk(chunk));

function newAssembly(framesPerDevice = 4, deviceBytes = 1 << 20, totalBytes = 1 << 24) {
  const budget = new ByteBudget(deviceBytes, totalBytes);
  const dropped: { device: string; frame: string; fault: Fault }[] = [];
  const assembly = new Assembly(
    { framesPerDevice, frameLifeMs: 5000 },
    budget,
    (device, frame, fault) => dropped.push({ device, frame, fault }),
  );
  return { assembly, budget, dropped };
}

function expectTensors(complete: CompleteFrame, frame: number): void {
  expect(complete.tensors.map(({ name }) => name)).toEqual(['x', 'y', 'empty']);
  for (const [index, tensor] of complete.tensors.entries()) {
    const isSame = Buffer.compare(tensor.data, bytesOf(frame, index, tensor.data.length)) === 0;
    expect(isSame).toBe(true);
  }
}

function codeOf(action: () => unknown): FaultCode | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return undefined;
}

describe('assembly', () => {
  it('gives the same tensors for every order, doubling and interleaving of chunks', () => {
    const shuffled = fc.integer({ min: 1, max: 4 }).chain((frames) => {
      const once = Array.from({ length: frames }, (_, i) => wholeFrame(i, 4096)).flat();
      const doubled = fc.subarray(once).map((again) => [...once, ...again]);
      return doubled.chain((all) =>
        fc.tuple(
          fc.constant(frames),
          fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
        ),
      );
    });
    fc.assert(
      fc.property(shuffled, ([frames, chunks]) => {
        const { assembly, budget, dropped } = newAssembly();
        const done = new Map<string, CompleteFrame>();
        for (const chunk of chunks) {
          if (done.has(chunk.frame)) continue;
          const accepted = assembly.accept(DEVICE, received(chunk), RULES, 0);
          if (accepted.kind === 'complete') done.set(chunk.frame, accepted.frame);
        }
        expect(done.size).toBe(frames);
        for (let i = 0; i < frames; i++) {
          const frame = done.get(frameIdOf(i));
          if (frame !== undefined) expectTensors(frame, i);
          frame?.release();
        }
        expect(dropped).toEqual([]);
        expect(budget.usedBytes).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('rejects a tensor that must stay on the device, ends its frame and keeps no byte', () => {
    const { assembly, budget } = newAssembly();
    const tensors = RULES.tensors.map((rule) =>
      rule.name === 'y' ? { ...rule, isWithheld: true as const } : rule,
    );
    const [allowed] = chunksOf(0, 0, 4096) as [Chunk];
    const [withheld] = chunksOf(0, 1, 4096) as [Chunk];
    const accept = (chunk: Chunk) =>
      assembly.accept(DEVICE, received(chunk), { ...RULES, tensors }, 0);
    expect(accept(allowed).kind).toBe('waiting');
    expect(codeOf(() => accept(withheld))).toBe('TENSOR_WITHHELD');
    expect([budget.usedBytes, assembly.framesOpen()]).toEqual([0, 0]);
  });

  it('counts a repeated chunk as a duplicate, and accepts chunks that overlap', () => {
    const { assembly } = newAssembly();
    const [first, second] = chunksOf(0, 1, 1400) as [Chunk, Chunk];
    expect(assembly.accept(DEVICE, received(first), RULES, 0).kind).toBe('waiting');
    expect(assembly.accept(DEVICE, received(first), RULES, 0).kind).toBe('duplicate');
    const whole = bytesOf(0, 1, 2800);
    const overlapping = { ...second, offset: 1000, bytes: whole.subarray(1000) };
    expect(assembly.accept(DEVICE, received(overlapping), RULES, 0).kind).toBe('waiting');
    for (const chunk of chunksOf(0, 0, 4096)) assembly.accept(DEVICE, received(chunk), RULES, 0);
    const last = assembly.accept(DEVICE, received(chunksOf(0, 2, 1)[0] as Chunk), RULES, 0);
    expect(last.kind).toBe('complete');
  });

  it('takes an input planned as pixels also as a ready tensor', () => {
    const { assembly } = newAssembly();
    const chunks = [...chunksOf(0, 0, 4096, 'pixels'), ...wholeFrame(0).slice(10)];
    const kinds = chunks.map((chunk) => assembly.accept(DEVICE, received(chunk), RULES, 0).kind);
    expect(kinds.at(-1)).toBe('complete');
  });

  const [honest] = chunksOf(0, 1, 1400) as [Chunk];
  const lies: Record<string, [FaultCode, Chunk]> = {
    'another model': ['CHUNK_MISMATCH', { ...honest, model: 'ffffffffffffffff' }],
    'a tensor the plan does not send': ['CHUNK_MISMATCH', { ...honest, tensorIndex: 3 }],
    'another dtype': ['CHUNK_MISMATCH', { ...honest, dtype: 'int32' }],
    'other dims of the same size': ['CHUNK_MISMATCH', { ...honest, dims: [700] }],
    'a larger tensor': [
      'CHUNK_MISMATCH',
      { ...honest, dims: [1, 700_000_00], tensorBytes: 280_000_000 },
    ],
    'an encoding that is not planned': [
      'CHUNK_MISMATCH',
      { ...honest, encoding: 'f16', tensorBytes: 1400, chunkCount: 1, isLastOfTensor: true },
    ],
    'more chunks than bytes allow': ['CHUNK_MISMATCH', { ...honest, chunkCount: 2 ** 31 }],
    'a deadline that is over': ['FRAME_EXPIRED', { ...honest, ageMs: 1000 }],
  };

  it.each(Object.entries(lies))('rejects %s before anything is kept', (_, [code, lie]) => {
    const { assembly, budget } = newAssembly();
    expect(codeOf(() => assembly.accept(DEVICE, received(lie), RULES, 0))).toBe(code);
    expect(budget.usedBytes).toBe(0);
    expect(assembly.framesOpen()).toBe(0);
  });

  const [, second] = chunksOf(0, 1, 1400) as [Chunk, Chunk];
  const contradictions: Record<string, [FaultCode, Chunk]> = {
    'other bytes at the same place': [
      'CHUNK_CONFLICT',
      { ...honest, bytes: honest.bytes.map((byte, i) => (i === 700 ? byte ^ 1 : byte)) },
    ],
    'the same number at another place': ['CHUNK_CONFLICT', { ...honest, offset: 1400 }],
    'another number of chunks': [
      'CHUNK_MISMATCH',
      { ...second, chunkCount: 3, isLastOfTensor: false },
    ],
    ...lies,
  };

  it.each(Object.entries(contradictions))(
    'ends a frame that begins well and goes on with %s',
    (_, [code, lie]) => {
      const { assembly, budget } = newAssembly();
      assembly.accept(DEVICE, received(honest), RULES, 0);
      expect(budget.usedBytes).toBe(2800);
      expect(codeOf(() => assembly.accept(DEVICE, received(lie), RULES, 0))).toBe(code);
      expect(budget.usedBytes).toBe(0);
      expect(assembly.framesOpen()).toBe(0);
    },
  );

  it('returns the complete tensors as soon as one more is complete', () => {
    const { assembly } = newAssembly();
    const all = [0, 1, 2].flatMap((index) => chunksOf(1, index, 100_000));
    const accepted = all.map((chunk) => assembly.accept(DEVICE, received(chunk), RULES, 0));
    const names = accepted.map((one) =>
      one.kind === 'waiting' ? one.tensors?.map(({ name }) => name) : one.kind,
    );
    expect(names).toEqual([['x'], ['x', 'y'], 'complete']);
  });

  it('refuses chunks of one tensor that make numbers of their bytes in two ways', () => {
    const { assembly, budget } = newAssembly();
    const rules: FrameRules = {
      ...RULES,
      tensors: [{ name: 'y', dtype: 'float32', dims: [1, 700], encodings: ['u8', 'raw'] }],
    };
    const affine = { ...honest, tensorIndex: 0, encoding: 'u8' as const, tensorBytes: 700 };
    const half = (scale: number): Chunk => ({
      ...{ ...affine, scale, zeroPoint: 3, chunkIndex: 0, chunkCount: 1 },
      ...{ isLastOfTensor: true, bytes: new Uint8Array(350) },
    });
    assembly.accept(DEVICE, received(half(0.5)), rules, 0);
    expect(budget.usedBytes).toBe(700);
    const other = received(half(0.25));
    expect(codeOf(() => assembly.accept(DEVICE, other, rules, 0))).toBe('CHUNK_MISMATCH');
    expect(budget.usedBytes).toBe(0);
  });

  it('refuses a chunk of another plan in the same frame', () => {
    const { assembly } = newAssembly();
    assembly.accept(DEVICE, received(honest), RULES, 0);
    const rules = { ...RULES, planVersion: 4 };
    const chunk = { ...second, planVersion: 4 };
    expect(codeOf(() => assembly.accept(DEVICE, received(chunk), rules, 0))).toBe('CHUNK_MISMATCH');
  });

  it('refuses a chunk of another cut in the same frame', () => {
    const { assembly } = newAssembly();
    assembly.accept(DEVICE, received(honest), RULES, 0);
    const rules = { ...RULES, cut: 1 };
    expect(codeOf(() => assembly.accept(DEVICE, received(second), rules, 0))).toBe(
      'CHUNK_MISMATCH',
    );
  });

  it('expires a half-received frame at its deadline, and names what is missing', () => {
    const { assembly, budget, dropped } = newAssembly();
    assembly.accept(DEVICE, received(honest), RULES, 100);
    assembly.expire(1089);
    expect(dropped).toEqual([]);
    assembly.expire(1090);
    expect(dropped.map(({ fault }) => fault.code)).toEqual(['FRAME_EXPIRED']);
    expect(dropped[0]?.fault.message).toBe(
      'not complete by its deadline: missing all of x; bytes 1400–2799 of y; all of empty',
    );
    expect(budget.usedBytes).toBe(0);
  });

  it('trusts no deadline beyond its own limit', () => {
    const { assembly, dropped } = newAssembly();
    assembly.accept(DEVICE, received({ ...honest, deadlineMs: 0xffff_ffff }), RULES, 0);
    assembly.expire(5000);
    expect(dropped).toHaveLength(1);
  });

  it('bounds the half-received frames of a device: the oldest go', () => {
    const { assembly, budget, dropped } = newAssembly(4);
    for (let i = 0; i < 10_000; i++) {
      assembly.accept(DEVICE, { ...honest, frame: frameIdOf(i) }, RULES, 0);
    }
    expect(assembly.framesOpen(DEVICE)).toBe(4);
    expect(budget.usedBytes).toBe(4 * 2800);
    expect(dropped).toHaveLength(9996);
    expect(dropped[0]?.frame).toBe(frameIdOf(0));
  });

  it('limits the bytes of a device without an effect on others', () => {
    const { assembly, dropped } = newAssembly(4, 22_000, 30_000);
    const x = (frame: number): Chunk => received(chunksOf(frame, 0, 4096)[0] as Chunk);
    assembly.accept(DEVICE, x(0), RULES, 0);
    assembly.accept(DEVICE, x(1), RULES, 0);
    expect(dropped.map(({ frame }) => frame)).toEqual([frameIdOf(0)]);
    expect(codeOf(() => assembly.accept('pi-2', x(2), RULES, 0))).toBe('FRAME_REFUSED');
    expect(assembly.framesOpen(DEVICE)).toBe(1);
    expect(assembly.framesOpen('pi-2')).toBe(0);
  });

  it('gives back the bytes of a device that has left, and reports its frames', () => {
    const { assembly, budget, dropped } = newAssembly(4, 22_000, 30_000);
    const x = (frame: number): Chunk => received(chunksOf(frame, 0, 4096)[0] as Chunk);
    assembly.accept(DEVICE, x(0), RULES, 0);
    expect(codeOf(() => assembly.accept('pi-2', x(1), RULES, 0))).toBe('FRAME_REFUSED');
    assembly.dropDevice(DEVICE);
    expect(dropped.map(({ device, frame, fault }) => [device, frame, fault.code])).toEqual([
      [DEVICE, frameIdOf(0), 'FRAME_EXPIRED'],
    ]);
    expect(budget.usedBytes).toBe(0);
    expect(assembly.accept('pi-2', x(1), RULES, 0).kind).toBe('waiting');
    assembly.dropDevice(DEVICE);
    expect(assembly.framesOpen()).toBe(1);
  });

  it('holds the bytes of a complete frame until they are released', () => {
    const { assembly, budget } = newAssembly();
    const accepted = wholeFrame(0).map((chunk) => assembly.accept(DEVICE, chunk, RULES, 0));
    const last = accepted.at(-1);
    expect(budget.usedBytes).toBe(19_200 + 2800);
    if (last?.kind === 'complete') last.frame.release();
    expect(budget.usedBytes).toBe(0);
  });

  it('drops the frames of a deleted model, and silently those of a deleted device', () => {
    const { assembly, budget, dropped } = newAssembly();
    assembly.accept(DEVICE, received(honest), RULES, 0);
    assembly.accept('pi-2', received(honest), RULES, 0);
    assembly.forget('pi-2');
    assembly.dropModel('m1', new Fault('MODEL_UNKNOWN', 'the model was deleted'));
    expect(dropped.map(({ device, fault }) => [device, fault.code])).toEqual([
      [DEVICE, 'MODEL_UNKNOWN'],
    ]);
    expect(budget.usedBytes).toBe(0);
  });
});
