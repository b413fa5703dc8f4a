/** Small model documents from drawings: blocks by name with the tensors they read and make; digests derive from the names. */
import type { ImageSpec, ModelDocument } from '../../../src/wire/index.js';

/** name: [tensors it reads, tensors it makes]. */
export type DrawnBlocks = Readonly<Record<string, readonly [string[], string[]]>>;

export interface Drawing {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly blocks: DrawnBlocks;
  /** Elements of float32 tensors; 250 (1000 bytes) by default. */
  readonly elements?: Readonly<Record<string, number>>;
  readonly images?: Readonly<Record<string, ImageSpec>>;
}

/** The digest a drawn block gets: its name in hex. */
export function digestOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0');
}

/** The document of a drawing. */
export function drawnModel(drawing: Drawing): ModelDocument {
  const { inputs, outputs, blocks, elements = {}, images = {} } = drawing;
  const names = [...inputs, ...Object.values(blocks).flatMap(([, made]) => made)];
  return {
    ...{ id: 'm1', name: 'drawn', version: 1, digest: 'd'.repeat(64) },
    inputs: inputs.map((name) => {
      const image = images[name];
      return image === undefined ? { name } : { name, image };
    }),
    outputs: outputs.map((name) => ({ name, kind: 'raw' as const })),
    tensors: names.map((name) => {
      const image = images[name];
      const dims = image ? [1, 3, image.height, image.width] : [1, elements[name] ?? 250];
      const bytes = 4 * dims.reduce((product, dim) => product * dim, 1);
      return { name, dtype: 'float32' as const, dims, bytes };
    }),
    blocks: Object.entries(blocks).map(([name, [reads, makes]]) => ({
      ...{ digest: digestOf(name), name, bytes: 100, inputs: reads, outputs: makes },
    })),
  };
}

/** Nothing lossy, from a device that sends numbers and pixels, and conversions that cost nothing. */
export const exactOnly = {
  spoken: ['raw', 'pixels'],
  lossy: new Map(),
  encodeMsPerByte: {},
  decodeMsPerByte: {},
} as const;
