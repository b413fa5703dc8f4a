/** How freely an agent uses its link while nothing happens: `--traffic`. Decision 0108 has the arithmetic behind the numbers. */

import type { trafficProfileNames } from '../../../src/wire/index.js';

export type TrafficName = (typeof trafficProfileNames)[number];

export interface TrafficProfile {
  readonly name: TrafficName;
  /** The keep-alive of the CONNECT, in s: the service takes one and a half of it for death. No gap between pings is longer. */
  readonly keepAliveS: number;
  /** Gap between pings that the search begins with, in s. */
  readonly firstGapS: number;
  /** Telemetry comes at least this often, in ms, while no frame runs. */
  readonly idleMs: number;
  /** The same while frames run. */
  readonly busyMs: number;
  /** Least time, in ms, between the last telemetry and one because the link or the rate moved. Faults and states do not wait. */
  readonly newsMs: number;
  /** A link that moved by a smaller share is no change. */
  readonly linkShare: number;
  /** Records wait at most this long for others, in ms. */
  readonly gatherMs: number;
  /** Whether every session begins with a probe of the link. */
  readonly probesAtStart: boolean;
  /** Bytes of probes a day, where no setting says otherwise. */
  readonly probeBytesPerDay: number;
}

const profiles: { readonly [N in TrafficName]: Omit<TrafficProfile, 'name'> } = {
  normal: {
    ...{ keepAliveS: 60, firstGapS: 20, idleMs: 60_000, busyMs: 5000 },
    ...{ newsMs: 0, linkShare: 0.15, gatherMs: 50 },
    ...{ probesAtStart: true, probeBytesPerDay: 20_000_000 },
  },
  saver: {
    ...{ keepAliveS: 300, firstGapS: 60, idleMs: 600_000, busyMs: 60_000 },
    ...{ newsMs: 5000, linkShare: 0.3, gatherMs: 30_000 },
    ...{ probesAtStart: false, probeBytesPerDay: 2_000_000 },
  },
  minimal: {
    ...{ keepAliveS: 1200, firstGapS: 120, idleMs: 3_600_000, busyMs: 600_000 },
    ...{ newsMs: 60_000, linkShare: 0.5, gatherMs: 600_000 },
    ...{ probesAtStart: false, probeBytesPerDay: 200_000 },
  },
};

export function profileOf(name: TrafficName): TrafficProfile {
  return { name, ...profiles[name] };
}

/** An answer to a ping, and a message on a busy device, come no later. */
const LATE_S = 30;

/** What a birth says of it, so that silence is not taken for death: pings are no messages, and records wait for others. */
export function claimOf({ name, keepAliveS, gatherMs, idleMs }: TrafficProfile) {
  const silenceS = Math.max(keepAliveS + gatherMs / 1000, idleMs / 1000);
  return { profile: name, silenceS: Math.ceil(silenceS) + LATE_S };
}
