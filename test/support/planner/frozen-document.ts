/** Frozen planning instances as text: what a model's units send, and times that were measured once. */

import {
  type PreparedModel,
  prepareModel,
} from '../../../src/models/examination/inputs/prepared-model.js';
import { referenceNetworks, serializeModel } from '../../../src/onnx/index.js';
import type { ModelManifest } from '../../../src/wire/index.js';

/** How much slower the emulated device is than the core the times were measured on. */
const SLOWER = 6;

/** A model of which an instance is made. */
export interface FreezableModel {
  readonly name: string;
  readonly manifest: ModelManifest;
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
}

/** The project's own networks. */
export function freezableNetworks(): FreezableModel[] {
  return referenceNetworks.map(({ name, manifest, build }) => ({
    name,
    manifest,
    bytes: () => serializeModel(build()),
  }));
}

/** Reads a model and runs it once. */
export async function prepared({ manifest, bytes }: FreezableModel): Promise<PreparedModel> {
  return prepareModel(await bytes(), { manifest, seed: 1, threads: 1, progress: () => {} });
}

/** The instance of a model as the text of its file, given the cloud time of every unit. */
export function frozenText(
  name: string,
  { units: { inputs, units }, values }: PreparedModel,
  cloudMsOf: (unit: string) => number,
): string {
  const makers = new Map(units.flatMap(({ id, outputs }) => outputs.map((one) => [one, id])));
  const edges = units.flatMap(({ id, inputs: read }) =>
    [...new Set(read.map((tensor) => makers.get(tensor) ?? tensor))].map((maker) => [maker, id]),
  );
  const isRead = (tensor: string): boolean => units.some((unit) => unit.inputs.includes(tensor));
  const elements = (tensor: string): number =>
    values.get(tensor)?.dims.reduce((count, length) => count * length, 1) ?? 0;
  const bytes = (tensor: string): number => values.get(tensor)?.data.length ?? 0;
  const layers = [
    ...inputs.map((id) => ({ id, deviceMs: 0, cloudMs: 0, outputBytes: elements(id) })),
    ...units.map(({ id, outputs }) => ({
      id,
      deviceMs: rounded(SLOWER * rounded(cloudMsOf(id))),
      cloudMs: rounded(cloudMsOf(id)),
      outputBytes: outputs.filter(isRead).reduce((sum, tensor) => sum + bytes(tensor), 0),
    })),
  ];
  const lines = layers.map((layer) => `    ${JSON.stringify(layer)}`);
  return `{\n  "name": ${JSON.stringify(name)},\n  "layers": [\n${lines.join(',\n')}\n  ],\n  "edges": ${JSON.stringify(edges)}\n}\n`;
}

function rounded(ms: number): number {
  return Number(ms.toFixed(3));
}
