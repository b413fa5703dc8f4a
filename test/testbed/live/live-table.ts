/** Live measurements next to the replay of the same trace. Pure. */
import type { ReplaySummary } from '../../../src/replay/index.js';
import { markdownTable } from '../../bench/markdown-table.js';
import type { LivePolicy } from './live-options.js';

/** One policy over one uplink. */
export interface LiveResult {
  readonly network: string;
  readonly uplink: string;
  readonly policy: LivePolicy | 'clairvoyant' | 'clairvoyant-six';
  /** Null for what only the replay can do. */
  readonly live: LiveSummary | null;
  readonly replay: ReplaySummary;
}

/** As the replay sums up, and what only a real device can do wrong. */
export interface LiveSummary extends ReplaySummary {
  readonly failed: number;
  /** Versions of the plan that the cloud issued meanwhile. */
  readonly versions: number;
}

const HEAD = [
  ...['network', 'uplink', 'policy', 'mean ms', 'replay', 'p95 ms', 'replay', '× clairvoyant'],
  ...['switches a minute', 'most in any', 'replay', 'frames', 'answered', 'here', 'versions'],
];

/** A line for each policy, the clairvoyant's first. */
export function liveTable(results: readonly LiveResult[]): string {
  return markdownTable(
    HEAD,
    results.map((result) => lineOf(result, results)),
  );
}

function lineOf(result: LiveResult, all: readonly LiveResult[]): string[] {
  const { network, uplink, policy, live, replay } = result;
  const names = [network, uplink, policy];
  const shown = (value: number | undefined, digits = 0): string => value?.toFixed(digits) ?? '–';
  const best = all.find(
    (one) => one.network === network && one.uplink === uplink && one.policy === 'clairvoyant',
  );
  const ratio = best && (live ?? replay).meanMs / best.replay.meanMs;
  return [
    ...names,
    ...[shown(live?.meanMs), shown(replay.meanMs), shown(live?.p95Ms), shown(replay.p95Ms)],
    ...[shown(ratio, 2), shown(live?.switchesPerMinute, 1), shown(live?.maxSwitchesInAMinute)],
    ...[shown(replay.switchesPerMinute, 1), shown(live?.frames), answeredText(live)],
    ...[shown(live?.fallbacks), shown(live?.versions)],
  ];
}

function answeredText(live: LiveSummary | null): string {
  if (live === null) return '–';
  const all = live.frames + live.failed;
  return all === 0 ? '–' : `${((100 * live.frames) / all).toFixed(live.failed > 0 ? 2 : 0)} %`;
}
