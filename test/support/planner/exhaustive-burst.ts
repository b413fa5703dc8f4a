/**
 * The oracle for bursts: every cut and encoding of every frame, every interleaving on the device,
 * any number of workers, executed as docs/planner.md defines. Written apart from the planner, for a
 * few frames of a few units.
 */
import type { Link, Network, Problem } from '../../../src/planner/index.js';
import { choices, cutOf, deviceSets, orders, type Sent } from './exhaustive.js';

/** One frame: its units on the device, and what it sends. */
interface Cut {
  readonly device: ReadonlySet<string>;
  readonly sent: readonly Sent[];
}

/** Something that reaches the cloud: a tensor, or at 0 ms the right to begin with what needs nothing. */
interface Arrival {
  readonly atMs: number;
  readonly frame: number;
  readonly id: string;
  readonly decodeMs: number;
}

/** Least end over all bursts; units ready at the same time may go in any order. */
export function exhaustiveBurstMs({ network, link, frames = 1, workers = 1 }: Problem): number {
  const cuts = [...deviceSets(network)].flatMap((device): Cut[] =>
    [...choices(cutOf(network, device))].map((sent) => ({
      device,
      sent,
    })),
  );
  let leastMs = Infinity;
  for (const burst of multisets(cuts, frames)) {
    const known = new Map<string, number>();
    for (const steps of interleavings(network, burst)) {
      const { arrivals, deviceMs } = front(network, link, burst, steps);
      const key = JSON.stringify(arrivals);
      const cloudMs = known.get(key) ?? leastCloudMs(network, burst, arrivals, workers);
      known.set(key, cloudMs);
      const backMs = link.latencyMs + (8 * link.resultBytes) / (1000 * link.downlinkMbps);
      leastMs = Math.min(leastMs, Math.max(deviceMs, cloudMs + backMs));
    }
  }
  return leastMs;
}

/** Frames are identical, so only how many follow which cut counts. */
function* multisets<T>(items: readonly T[], size: number, from = 0): Generator<T[]> {
  if (size === 0) yield [];
  else {
    for (let i = from; i < items.length; i++) {
      for (const rest of multisets(items, size - 1, i)) yield [items[i] as T, ...rest];
    }
  }
}

interface DeviceStep {
  readonly frame: number;
  readonly id: string;
}

/** Every order of all frames' units on the device. */
function* interleavings(network: Network, burst: readonly Cut[]): Generator<DeviceStep[]> {
  const name = (frame: number, id: string): string => `${frame} ${id}`;
  const numbers = burst.map((_, frame) => frame);
  const copies: Network = {
    units: [],
    edges: numbers.flatMap((frame) =>
      network.edges.map(([from, to]) => [name(frame, from), name(frame, to)] as const),
    ),
  };
  const all = new Set(
    burst.flatMap(({ device }, frame) => [...device].map((id) => name(frame, id))),
  );
  for (const order of orders(copies, all)) {
    yield order.map((step) => {
      const [frame = '', id = ''] = step.split(' ');
      return { frame: Number(frame), id };
    });
  }
}

function front(
  { units }: Network,
  link: Link,
  burst: readonly Cut[],
  steps: readonly DeviceStep[],
): { arrivals: Arrival[]; deviceMs: number } {
  const arrivals: Arrival[] = [];
  let [deviceMs, linkMs] = [0, 0];
  for (const { frame, id } of steps) {
    const sent = burst[frame]?.sent.find((one) => one.id === id)?.encoding;
    deviceMs += (units.find((unit) => unit.id === id)?.deviceMs ?? 0) + (sent?.encodeMs ?? 0);
    if (!sent) continue;
    linkMs = Math.max(linkMs, deviceMs) + link.perTensorMs;
    linkMs += (8 * sent.bytes) / (1000 * link.uplinkMbps);
    arrivals.push({ atMs: linkMs + link.latencyMs, frame, id, decodeMs: sent.decodeMs });
  }
  return { arrivals, deviceMs };
}

/** A piece of cloud work: a unit, or a tensor to decode. */
interface Piece {
  readonly frame: number;
  readonly id: string;
  readonly isTensor: boolean;
  readonly readyMs: number;
  readonly takesMs: number;
}

interface Running {
  readonly piece: Piece;
  readonly endMs: number;
}

/** The cloud at one moment; `there` holds `frame id` of all tensors a unit of the cloud can read. */
interface Moment {
  readonly nowMs: number;
  readonly arrivals: readonly Arrival[];
  readonly ready: readonly Piece[];
  readonly running: readonly Running[];
  /** Frames whose worker has just ended a piece. */
  readonly kept: readonly number[];
  readonly there: ReadonlySet<string>;
  readonly endMs: number;
}

/**
 * The cloud's last end; −∞ where it has nothing to do. A worker goes on with its frame while it can;
 * then the first ready goes first, ties in any order.
 */
function leastCloudMs(
  network: Network,
  burst: readonly Cut[],
  arrivals: readonly Arrival[],
  workers: number,
): number {
  const serve = (moment: Moment): number => {
    const { ready, running, kept } = moment;
    const own = ready.filter(({ frame }) => frame === kept[0]);
    if (kept.length > 0) {
      const rest = { ...moment, kept: kept.slice(1) };
      if (own.length === 0) return serve(rest);
      return Math.min(...firstOf(own).map((piece) => serve(started(rest, piece))));
    }
    const idle = ready.filter(({ frame }) => running.every((one) => one.piece.frame !== frame));
    if (running.length < workers && idle.length > 0) {
      return Math.min(...firstOf(idle).map((piece) => serve(started(moment, piece))));
    }
    const next = later(network, burst, moment);
    return next ? serve(next) : moment.endMs;
  };
  const open = burst.flatMap(({ device }, frame) =>
    network.units
      .filter(({ id }) => !device.has(id) && network.edges.every(([, to]) => to !== id))
      .map(({ id, cloudMs }) => ({ frame, id, isTensor: false, readyMs: 0, takesMs: cloudMs })),
  );
  return serve({
    nowMs: 0,
    arrivals,
    ready: open,
    running: [],
    kept: [],
    there: new Set(),
    endMs: -Infinity,
  });
}

function firstOf(pieces: readonly Piece[]): Piece[] {
  const firstMs = Math.min(...pieces.map((piece) => piece.readyMs));
  return pieces.filter((piece) => piece.readyMs <= firstMs + 1e-9);
}

function started(moment: Moment, piece: Piece): Moment {
  return {
    ...moment,
    ready: moment.ready.filter((one) => one !== piece),
    running: [...moment.running, { piece, endMs: moment.nowMs + piece.takesMs }],
  };
}

/** The moment of the next end or arrival, everything of that time included. */
function later(network: Network, burst: readonly Cut[], moment: Moment): Moment | undefined {
  const { arrivals, running } = moment;
  const nowMs = Math.min(
    ...arrivals.map((arrival) => arrival.atMs),
    ...running.map((one) => one.endMs),
  );
  if (nowMs === Infinity) return undefined;
  const ended = running.filter(({ endMs }) => endMs === nowMs).map(({ piece }) => piece);
  const arrived = arrivals.filter(({ atMs }) => atMs === nowMs);
  const tensors = arrived
    .filter(({ decodeMs }) => decodeMs > 0)
    .map(({ frame, id, decodeMs }): Piece => {
      return { frame, id, isTensor: true, readyMs: nowMs, takesMs: decodeMs };
    });
  const news = [...ended, ...arrived.filter(({ decodeMs }) => decodeMs === 0)];
  const there = new Set([...moment.there, ...news.map(({ frame, id }) => `${frame} ${id}`)]);
  const units = burst.flatMap(({ device }, frame) =>
    network.units
      .filter(({ id }) => {
        const needs = network.edges.filter(([, to]) => to === id).map(([from]) => from);
        const isNew = needs.some((from) =>
          news.some((one) => one.frame === frame && one.id === from),
        );
        return !device.has(id) && isNew && needs.every((from) => there.has(`${frame} ${from}`));
      })
      .map(({ id, cloudMs }): Piece => {
        return { frame, id, isTensor: false, readyMs: nowMs, takesMs: cloudMs };
      }),
  );
  return {
    nowMs,
    arrivals: arrivals.filter(({ atMs }) => atMs !== nowMs),
    ready: [...moment.ready, ...tensors, ...units],
    running: running.filter(({ endMs }) => endMs !== nowMs),
    kept: ended.map(({ frame }) => frame),
    there,
    endMs: ended.some(({ isTensor }) => !isTensor) ? nowMs : moment.endMs,
  };
}

/**
 * Least end of a burst of a chain with one worker: every sequence of cuts, one frame after the
 * other. For more frames than `exhaustiveBurstMs` can take; without encodings.
 */
export function leastChainBurstMs({ network, link, frames = 1 }: Problem): number {
  const { units } = network;
  const backMs = link.latencyMs + (8 * link.resultBytes) / (1000 * link.downlinkMbps);
  const cuts = units.map(({ outputBytes }, last) => ({
    deviceMs: units.slice(0, last + 1).reduce((sum, unit) => sum + unit.deviceMs, 0),
    linkMs: link.perTensorMs + (8 * outputBytes) / (1000 * link.uplinkMbps),
    cloudMs: units.slice(last + 1).reduce((sum, unit) => sum + unit.cloudMs, 0),
    isLocal: last === units.length - 1,
  }));
  const least = (left: number, deviceMs: number, linkMs: number, cloudMs: number): number => {
    if (left === 0) return Math.max(deviceMs, cloudMs + backMs);
    return Math.min(
      ...cuts.map((cut) => {
        const readyMs = deviceMs + cut.deviceMs;
        if (cut.isLocal) return least(left - 1, readyMs, linkMs, cloudMs);
        const sentMs = Math.max(linkMs, readyMs) + cut.linkMs;
        const endMs = Math.max(cloudMs, sentMs + link.latencyMs) + cut.cloudMs;
        return least(left - 1, readyMs, sentMs, endMs);
      }),
    );
  };
  return least(frames, 0, 0, -Infinity);
}
