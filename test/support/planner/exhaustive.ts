/**
 * The oracle: every device set, every order, every encoding, executed as
 * docs/planner.md defines. Written apart from the planner, for networks of a few units.
 */
import type { Encoding, Link, Network, Problem, Unit } from '../../../src/planner/index.js';

/** A tensor that is sent, and how. */
export interface Sent {
  readonly id: string;
  readonly encoding: Encoding;
}

/** Least makespan over all cuts, orders and encodings. */
export function exhaustiveMs({ network, link }: Problem): number {
  let bestMs = Infinity;
  for (const device of deviceSets(network)) {
    for (const sent of choices(cutOf(network, device))) {
      for (const order of orders(network, device)) {
        bestMs = Math.min(bestMs, runMs(network, link, order, sent));
      }
    }
  }
  return bestMs;
}

/** Makespan of one decided frame. */
export function runMs(
  network: Network,
  link: Link,
  order: readonly string[],
  sent: readonly Sent[],
): number {
  const costs = new Map(network.units.map((unit) => [unit.id, unit]));
  const readers = (id: string): string[] =>
    network.edges.filter(([from]) => from === id).map(([, to]) => to);
  const arrivalMs = new Map<string, number>();
  let [deviceMs, linkMs, doneMs] = [0, 0, 0];
  for (const id of order) {
    const encoding = sent.find((one) => one.id === id)?.encoding;
    deviceMs += (costs.get(id)?.deviceMs ?? 0) + (encoding?.encodeMs ?? 0);
    if (readers(id).length === 0) doneMs = deviceMs;
    if (!encoding) continue;
    linkMs = Math.max(linkMs, deviceMs) + link.perTensorMs;
    linkMs += (8 * encoding.bytes) / (1000 * link.uplinkMbps);
    arrivalMs.set(id, linkMs + link.latencyMs);
  }
  const cloudMs = cloudEndMs(network, new Set(order), arrivalMs, sent);
  if (cloudMs === undefined) return doneMs;
  const backMs = link.latencyMs + (8 * link.resultBytes) / (1000 * link.downlinkMbps);
  return Math.max(doneMs, cloudMs + backMs);
}

/** Runs whatever is ready, one piece at a time, and waits only when nothing is. */
function cloudEndMs(
  network: Network,
  device: ReadonlySet<string>,
  arrivalMs: ReadonlyMap<string, number>,
  sent: readonly Sent[],
): number | undefined {
  const there = new Map<string, number>();
  const undecoded = new Set(arrivalMs.keys());
  const waiting = new Set(network.units.map(({ id }) => id).filter((id) => !device.has(id)));
  if (waiting.size === 0) return undefined;
  let nowMs = 0;
  while (waiting.size > 0) {
    const tensor = [...undecoded].find((id) => (arrivalMs.get(id) ?? Infinity) <= nowMs);
    const unit = [...waiting].find((id) =>
      network.edges.every(([from, to]) => to !== id || (there.get(from) ?? Infinity) <= nowMs),
    );
    if (tensor !== undefined) {
      undecoded.delete(tensor);
      nowMs += sent.find(({ id }) => id === tensor)?.encoding.decodeMs ?? 0;
      there.set(tensor, nowMs);
    } else if (unit !== undefined) {
      waiting.delete(unit);
      nowMs += network.units.find(({ id }) => id === unit)?.cloudMs ?? 0;
      there.set(unit, nowMs);
    } else {
      nowMs = Math.min(...[...undecoded].map((id) => arrivalMs.get(id) ?? Infinity));
    }
  }
  return nowMs;
}

/** Every set that holds the inputs and what its members need. */
export function* deviceSets({ units, edges }: Network): Generator<Set<string>> {
  for (let mask = 0; mask < 2 ** units.length; mask++) {
    const set = new Set(units.filter((_, i) => mask & (1 << i)).map(({ id }) => id));
    const isClosed = edges.every(([from, to]) => !set.has(to) || set.has(from));
    const isInput = ({ id, deviceMs, cloudMs }: Unit): boolean =>
      deviceMs === 0 && cloudMs === 0 && edges.every(([, to]) => to !== id);
    if (isClosed && units.every((unit) => set.has(unit.id) || !isInput(unit))) yield set;
  }
}

/** Units on the device that the cloud reads. */
export function cutOf({ units, edges }: Network, device: ReadonlySet<string>): Unit[] {
  return units.filter(
    ({ id }) => device.has(id) && edges.some(([from, to]) => from === id && !device.has(to)),
  );
}

/** Every order of a set that keeps what is needed first. */
export function* orders(network: Network, set: ReadonlySet<string>): Generator<string[]> {
  if (set.size === 0) yield [];
  for (const last of set) {
    if (network.edges.some(([from, to]) => from === last && set.has(to))) continue;
    const rest = new Set(set);
    rest.delete(last);
    for (const order of orders(network, rest)) yield [...order, last];
  }
}

/** Every choice of encodings for the given units. */
export function* choices([first, ...rest]: readonly Unit[]): Generator<Sent[]> {
  if (!first) {
    yield [];
    return;
  }
  const plain = { name: 'plain', bytes: first.outputBytes, encodeMs: 0, decodeMs: 0 };
  for (const encoding of first.encodings ?? [plain]) {
    for (const others of choices(rest)) yield [{ id: first.id, encoding }, ...others];
  }
}
