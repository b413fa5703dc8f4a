/** A line of a site over hours: what devices send changes what they measure, and what they measure changes the prices. It settles. */
import { describe, expect, it } from 'vitest';
import { digestOf, drawnModel, exactOnly } from '../../../test/support/networks/drawn-models.js';
import { lineLoadMbps, type ServedPlan } from '../../../test/support/planner/shared/line-oracle.js';
import { type LinkEstimate, seededRandom } from '../../wire/index.js';
import { limitsFor } from '../pricing/frame-limits.js';
import type { LineShare } from '../pricing/pace-margin.js';
import type { Situation } from '../pricing/prediction.js';
import { BestLink } from '../sites/best-link.js';
import { LineJudge, sharesAfter } from '../sites/line-judge.js';
import { answerLine } from '../sites/line-question.js';
import { linesOf } from '../sites/site-lines.js';
import { bestPlan } from './best-plan.js';

const TICK_MS = 5_000;
const MINUTE_MS = 60_000;
const NO_LIMITS = { bytesPrice: null, deviceMemoryBytes: null };

/** in (40 kB) ─ a ─ 10 kB ─ b ─ 4 kB ─ c ─ y: a device that computes more sends less. */
const model = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['n']], c: [['n'], ['y']] },
  elements: { in: 10_000, m: 2500, n: 1000 },
});

const timesOf = (a: number, b: number, c: number) =>
  new Map([
    [digestOf('a'), a],
    [digestOf('b'), b],
    [digestOf('c'), c],
  ]);

interface SiteRun {
  readonly devices: number;
  readonly ownMbps: number;
  readonly lineMbps: number;
  readonly intervalMs: number;
  readonly minutes: number;
  /** Estimates of the link vary by this share, and intervals by a third of it. */
  readonly noise: number;
  /** Which devices are online in a minute; all when not given. */
  readonly isHere?: (device: number, minute: number) => boolean;
}

interface Change {
  readonly minute: number;
  readonly bytesPrice: number;
}

/** Plans that were made before: a run asks for the same again and again. */
const known = new Map<string, ServedPlan>();

/** One device of the run: its link as it measures it while others send, and the plan it follows. */
class RunDevice {
  readonly best = new BestLink();
  link: LinkEstimate | undefined;
  share: LineShare | null | undefined;
  plan: ServedPlan | undefined;

  constructor(
    readonly name: string,
    readonly slowness: number,
  ) {}

  measure(mbps: number, nowMs: number): void {
    // Estimates of two digits, so that plans repeat.
    const rounded = Number(mbps.toPrecision(2));
    this.link = {
      ...{ uplinkMsPerByte: 8 / (1000 * rounded), rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
    };
    this.best.note(this.link, nowMs);
  }

  situation(link: LinkEstimate): Situation {
    const { slowness } = this;
    return {
      ...{ model, link, objective: 'frame', deadlineMs: null, creditBytes: 1e6 },
      costs: {
        ...{ ...exactOnly, source: 'tensor', maxBytes: 1e6, cloudMs: timesOf(1, 1, 1) },
        deviceMs: timesOf(20 * slowness, 25 * slowness, 40 * slowness),
      },
    };
  }

  replan(intervalMs: number): void {
    const key = JSON.stringify([this.slowness, this.link?.uplinkMsPerByte, this.share, intervalMs]);
    this.plan = known.get(key) ?? this.planned(intervalMs);
    if (this.plan !== undefined) known.set(key, this.plan);
  }

  private planned(intervalMs: number): ServedPlan | undefined {
    if (this.link === undefined) return undefined;
    const line = this.share ?? undefined;
    const limits = limitsFor(NO_LIMITS, undefined, line?.bytesPrice);
    const plan = bestPlan({
      ...this.situation(this.link),
      ...{ objective: 'paced', intervalMs: Math.max(intervalMs, line?.intervalMs ?? 0) },
      ...(line && { line }),
      ...(limits && { limits }),
    });
    if (plan.kind === 'impossible') throw new Error(plan.because);
    return { ...plan, servedMs: plan.paced?.sustainedMs ?? Number.NaN };
  }
}

/** The changes of prices, and the load of the line by the minute, as a share of its rate. */
function run(site: SiteRun): { changes: Change[]; loads: number[] } {
  const random = seededRandom(4711);
  const judge = new LineJudge();
  const { lineMbps, ownMbps, intervalMs, noise, isHere = () => true } = site;
  const all = Array.from(
    { length: site.devices },
    // Names in order: shares come in the order of names.
    (_, n) => new RunDevice(`d-${100 + n}`, 1 + (n % 3) / 4),
  );
  const varied = (share: number): number => 1 + share * (2 * random() - 1);
  const [changes, loads]: [Change[], number[]] = [[], []];
  const loadOf = (devices: readonly RunDevice[]): number =>
    lineLoadMbps(devices.flatMap(({ plan }) => plan ?? []));
  for (let nowMs = 0; nowMs < site.minutes * MINUTE_MS; nowMs += TICK_MS) {
    const minute = nowMs / MINUTE_MS;
    const here = all.filter((_, n) => isHere(n, minute));
    for (const one of here) {
      // What the others leave of the line; where they want all of it, an equal part.
      const others = loadOf(here.filter((other) => other !== one));
      const leftMbps = Math.max(lineMbps / here.length, lineMbps - others);
      one.measure(Math.min(ownMbps, leftMbps) * varied(noise), nowMs);
      // News of the link leads to plans of single devices all the time.
      if (one.plan === undefined || nowMs % MINUTE_MS === 0) one.replan(intervalMs);
    }
    if (Number.isInteger(minute)) loads.push(loadOf(here) / lineMbps);
    const [line] = linesOf(
      here.flatMap((one) => {
        const link = one.best.at(nowMs, Boolean(one.share));
        if (link === undefined) return [];
        const member = { device: one.name, situation: one.situation(link) };
        const askedMs = intervalMs * varied(noise / 3);
        return {
          ...{ uplink: { site: 'barn', mbps: lineMbps }, fixedMbps: undefined },
          member: { ...member, intervalMs: askedMs },
        };
      }),
    );
    if (line !== undefined && judge.isDue(line, nowMs)) {
      judge.asked(line, nowMs);
      judge.answered(true);
      const before = here.map(({ share }) => share);
      const shares = sharesAfter(line, answerLine(line.question), before, false);
      if (JSON.stringify(shares) === JSON.stringify(before)) continue;
      changes.push({ minute, bytesPrice: shares[0]?.bytesPrice ?? 0 });
      for (const [i, one] of here.entries()) {
        one.share = shares[i];
        one.replan(intervalMs);
      }
    }
  }
  return { changes, loads };
}

const SITE: SiteRun = {
  ...{ devices: 6, ownMbps: 54, lineMbps: 4, intervalMs: 100, minutes: 60, noise: 0 },
};

describe('a line that devices share', () => {
  it('gets a price and keeps it, though busy devices measure a slower link', () => {
    const { changes, loads } = run(SITE);
    expect(changes.length).toBeLessThanOrEqual(3);
    expect(changes.at(-1)?.bytesPrice).toBeGreaterThan(0);
    expect(changes.filter(({ minute }) => minute > 20)).toEqual([]);
    for (const load of loads.slice(1)) expect(load).toBeLessThanOrEqual(0.96);
  });

  it.each([
    ['a slow line', { lineMbps: 2 }],
    ['a line that is nearly enough', { lineMbps: 6 }],
    ['many devices', { devices: 12, lineMbps: 7, minutes: 40 }],
    ['quick cameras', { devices: 3, intervalMs: 60, lineMbps: 2, minutes: 25 }],
  ])('settles where estimates and intervals are noisy: %s', (_, changed) => {
    const { changes, loads } = run({ ...SITE, ...changed, noise: 0.15 });
    expect(changes.length).toBeLessThanOrEqual(6);
    expect(changes.filter(({ minute }) => minute > 20)).toEqual([]);
    for (const load of loads.slice(2)) expect(load).toBeLessThanOrEqual(1);
  });

  it('changes prices at most once a minute, however the links jump', () => {
    const { changes } = run({ ...SITE, noise: 0.9, minutes: 20 });
    expect(changes.length).toBeGreaterThan(2);
    for (const [i, { minute }] of changes.entries()) {
      if (i > 0) expect(minute - (changes[i - 1]?.minute ?? 0)).toBeGreaterThan(0.99);
    }
  });

  it('raises the price when a device comes, and lowers it when it leaves', () => {
    const isHere = (device: number, minute: number): boolean =>
      device < 4 || (minute >= 20 && minute < 50);
    const { changes, loads } = run({ ...SITE, isHere, minutes: 80 });
    const priceAt = (minute: number): number =>
      changes.findLast((change) => change.minute <= minute)?.bytesPrice ?? 0;
    expect(priceAt(25)).toBeGreaterThan(priceAt(19));
    expect(priceAt(55)).toBeLessThan(priceAt(49));
    expect(changes.filter(({ minute }) => minute >= 20).length).toBeLessThanOrEqual(4);
    for (const load of loads.slice(23, 50)) expect(load).toBeLessThanOrEqual(1);
  });
});
