/**
 * The oracle of what may leave a device: every cut of a small model, by the words of docs/models.md alone. Written apart from
 * the planner and from the rule that service and agent share.
 */
import type { Cut } from '../../../src/plans/pricing/planner-network.js';
import type { ModelDocument } from '../../../src/wire/index.js';

/** Names of the tensors that must stay on the device. */
export function mustStay(model: ModelDocument): Set<string> {
  const names = model.tensors.map(({ name }) => name);
  if (model.leaves === 'nothing') return new Set(names);
  if (model.leaves === undefined || model.leaves === 'anything') return new Set();
  const inputs = model.inputs.map(({ name }) => name);
  const forms = model.tensors.flatMap(({ name, showsInput }) => (showsInput ? [name] : []));
  return new Set([...inputs, ...forms]);
}

/** Every cut that sends nothing which must stay, with every order of its blocks. */
export function* allowedCuts(model: ModelDocument): Generator<Cut> {
  const stay = mustStay(model);
  const makerOf = new Map(
    model.blocks.flatMap(({ digest, outputs }) => outputs.map((name) => [name, digest] as const)),
  );
  for (let mask = 0; mask < 2 ** model.blocks.length; mask++) {
    const here = model.blocks.filter((_, i) => mask & (1 << i));
    const there = model.blocks.filter((_, i) => !(mask & (1 << i)));
    const onDevice = new Set(here.map(({ digest }) => digest));
    const isOnDevice = (tensor: string): boolean => {
      const maker = makerOf.get(tensor);
      return maker === undefined || onDevice.has(maker);
    };
    if (!here.every(({ inputs }) => inputs.every(isOnDevice))) continue;
    const sent = [...new Set(there.flatMap(({ inputs }) => inputs))].filter(isOnDevice);
    if (sent.some((tensor) => stay.has(tensor))) continue;
    const cloud = there.map(({ digest }) => digest);
    for (const device of orders(here)) {
      for (const tensors of sentOrders(sent, device, makerOf)) {
        const uploads = tensors.map((tensor) => ({
          ...{ tensor, encoding: 'raw' as const },
          bytes: model.tensors.find(({ name }) => name === tensor)?.bytes ?? 0,
        }));
        yield { device, uploads, cloud };
      }
    }
  }
}

type Block = ModelDocument['blocks'][number];

/** Every order of blocks in which each comes after those whose tensors it reads. */
function* orders(blocks: readonly Block[]): Generator<string[]> {
  if (blocks.length === 0) yield [];
  for (const last of blocks) {
    const rest = blocks.filter((one) => one !== last);
    if (rest.some(({ inputs }) => inputs.some((name) => last.outputs.includes(name)))) continue;
    for (const order of orders(rest)) yield [...order, last.digest];
  }
}

/** Tensors in the order in which their blocks run, after the inputs in their own order or reversed. */
function* sentOrders(
  sent: readonly string[],
  device: readonly string[],
  makerOf: ReadonlyMap<string, string>,
): Generator<string[]> {
  const inputs = sent.filter((name) => !makerOf.has(name));
  const made = sent
    .filter((name) => makerOf.has(name))
    .sort((a, b) => device.indexOf(makerOf.get(a) ?? '') - device.indexOf(makerOf.get(b) ?? ''));
  yield [...inputs, ...made];
  if (inputs.length > 1) yield [...inputs.toReversed(), ...made];
}
