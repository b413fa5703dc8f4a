/** Questions as people ask them, over REST, from a seed: one day of one device, and a week of the whole fleet. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { seededRandom } from '../../../src/wire/index.js';
import { quantile } from '../measure.js';
import { deviceName, type FleetDays } from './load.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface QueryTimes {
  readonly question: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly asked: number;
}

type Path = (random: () => number) => string;

function questions({ devices, days, startMs }: FleetDays): Readonly<Record<string, Path>> {
  const device = (random: () => number) => deviceName(Math.floor(random() * devices));
  const day = (random: () => number) => startMs + Math.floor(random() * (days - 1) * 24) * HOUR_MS;
  const range = (fromMs: number, ms: number) => `from=${fromMs}&to=${fromMs + ms}`;
  const stages = 'percentiles=50,95,99';
  return {
    'a day of a device, one bucket': (random) =>
      `devices/${device(random)}/latency?bucket=all&${stages}&${range(day(random), DAY_MS)}`,
    'a day of a device, by the hour': (random) =>
      `devices/${device(random)}/latency?bucket=1h&${stages}&${range(day(random), DAY_MS)}`,
    'a day of a device, bucket chosen': (random) =>
      `devices/${device(random)}/latency?${stages}&${range(day(random), DAY_MS)}`,
    'a day of a device, ragged ends, one outcome': (random) =>
      `devices/${device(random)}/latency?bucket=all&outcome=cloud&${stages}&${range(day(random) + Math.floor(random() * HOUR_MS), DAY_MS)}`,
    'the fleet, a week, one bucket': () =>
      `latency?bucket=all&${stages}&${range(startMs, 7 * DAY_MS)}`,
    'the fleet, a week, by the day': () =>
      `latency?bucket=1d&${stages}&${range(startMs, 7 * DAY_MS)}`,
    'the fleet, a week, by the hour': () =>
      `latency?bucket=1h&${stages}&${range(startMs, 7 * DAY_MS)}`,
    'the fleet, a week, ragged ends, one link': (random) =>
      `latency?bucket=all&link=wifi&${stages}&${range(startMs + Math.floor(random() * 10 * HOUR_MS), 6.5 * DAY_MS)}`,
    'a page of 100 frames of a device': (random) =>
      `devices/${device(random)}/frames?${range(day(random), DAY_MS)}`,
  };
}

/** Asks each question so often and answers with what it took; throws when one is not answered. */
export async function askAll(
  app: NestFastifyApplication,
  fleet: FleetDays,
  times: number,
): Promise<QueryTimes[]> {
  const results: QueryTimes[] = [];
  for (const [question, path] of Object.entries(questions(fleet))) {
    const random = seededRandom(question.length);
    const tookMs: number[] = [];
    for (let asked = 0; asked < times; asked += 1) {
      const url = `/api/v1/${path(random)}`;
      const startMs = performance.now();
      const answer = await app.inject(url);
      tookMs.push(performance.now() - startMs);
      if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    }
    const [p50Ms, p95Ms] = [quantile(tookMs, 0.5), quantile(tookMs, 0.95)];
    results.push({ question, p50Ms, p95Ms, asked: times });
  }
  return results;
}
