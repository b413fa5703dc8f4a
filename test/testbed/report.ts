/** The report of the demo: plans next to measurements, and the history as REST returns it. */
import { percentileOf } from '../../src/wire/index.js';
import type { Service } from '../support/processes/processes.js';
import { type Act, cutText, ms } from './scene.js';
import { paint, table } from './terminal.js';

/** One row for each device, network and state of its link. */
export function tableOfActs(acts: readonly Act[]): string {
  const rows = acts.map((act) => {
    const totals = act.frames.map((frame) => frame.totalMs);
    const other = (strategy: string): string => {
      const found = act.plan.alternatives.find((one) => one.strategy === strategy);
      return found && act.isOfThisLink ? ms(found.totalMs) : '–';
    };
    return [
      act.device,
      act.network,
      act.linkText,
      cutText(act.plan),
      ms(act.plan.predicted.totalMs),
      ms(percentile(totals, 50)),
      ms(percentile(totals, 95)),
      other('local'),
      other('cloud'),
      `${act.frames.length}`,
    ];
  });
  const head = [
    'device',
    'network',
    'uplink',
    'plan',
    'predicted',
    'measured',
    'p95',
    'local-only*',
    'cloud-only*',
    'frames',
  ];
  const note =
    'measured: median; * predicted for the same link, – when the plan is of another. Device times are emulated.';
  return `${table(head, rows)}\n${paint('dim', note)}`;
}

function percentile(values: readonly number[], p: number): number {
  return (
    percentileOf(
      values.toSorted((a, b) => a - b),
      p,
    ) ?? 0
  );
}

interface Latency {
  readonly buckets: readonly {
    readonly from: string;
    readonly count: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly stages: { readonly total: { readonly measured: Spread; readonly predicted: Spread } };
  }[];
}

interface Spread {
  readonly percentilesMs: Readonly<Record<'p50' | 'p95' | 'p99', number>>;
}

/** What the history over REST answers for a device, ten seconds a row. */
export async function latencyHistory(service: Service, device: string): Promise<string> {
  const path = `/api/v1/devices/${device}/latency?bucket=10s&percentiles=50,95,99`;
  const { buckets } = await service.request<Latency>('GET', path);
  const rows = buckets.map(({ from, count, outcomes, stages: { total } }) => [
    from.slice(11, 19),
    `${count}`,
    Object.entries(outcomes)
      .map(([outcome, frames]) => `${frames} ${outcome}`)
      .join(', '),
    ms(total.predicted.percentilesMs.p50),
    ms(total.measured.percentilesMs.p50),
    ms(total.measured.percentilesMs.p95),
    ms(total.measured.percentilesMs.p99),
  ]);
  const head = ['from (UTC)', 'frames', 'finished', 'predicted p50', 'measured p50', 'p95', 'p99'];
  return `${paint('bold', `GET ${path}`)}\n${table(head, rows)}`;
}
