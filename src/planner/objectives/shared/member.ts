/**
 * One device of several that share machines: the cuts known of it, and the cheapest mix of them.
 *
 * A mix keeps the device and its own link within the interval of its frames; the shared machines are
 * rows of the program for all. Cuts are made on demand (Dantzig and Wolfe 1960): the mix of the known
 * ones prices the two machines, and a minimum cut at these prices is a better cut or the proof that
 * there is none.
 */
import { limitedMix } from '../../algorithms/limited-mix.js';
import type { Loads } from '../../algorithms/mixed-game.js';
import { cutMixOf } from '../../cuts/cut-mix.js';
import { extremeSet } from '../../problem/device-sets.js';
import type { PricedFrame } from '../../problem/priced-frame.js';
import {
  type CutPrices,
  cheapestCut,
  type FrameLoads,
  loadedCut,
  pricedLoads,
  type SharedCut,
} from './priced-cut.js';

/** Cuts with weights that sum to 1, and their mean loads. */
export interface Point extends FrameLoads {
  readonly cuts: readonly { readonly cut: SharedCut; readonly weight: number }[];
}

/** The cheapest mix at some prices. */
export interface PricedPoint {
  readonly point: Point;
  readonly costMs: number;
}

/** The cheapest mix of all cuts, and its proof. */
export interface ProvenPoint extends PricedPoint {
  /** Least cost of any cut, with the machines of the device alone priced as well. */
  readonly pricedMs: number;
  /** Prices of these machines together: no mix costs less than pricedMs − ownPrice · limit. */
  readonly ownPrice: number;
}

/** What a device shares with others. */
export interface MemberSite {
  /** Frames that the cloud serves at a time. */
  readonly workers: number;
  /** Share of every machine's time that can be used. */
  readonly usable: number;
  /** Row of the shared uplink, and time of a byte on it. */
  readonly uplink: { readonly row: number; readonly msPerByte: number } | undefined;
  /** Row of the cloud. */
  readonly cloudRow: number;
}

const ROUNDS = 40;
const SAME = 1e-10;
/** Loads that exceed a limit by less than this share are within it. */
const SLIGHT = 1e-9;
/** Mixes that are remembered. */
const POINTS = 64;
/** How much longer than its period the least interval is: a program needs room to have prices. */
const ROOM = 1e-9;
const NOTHING: Loads = [0, 0, 0];

export class Member {
  readonly frame: PricedFrame;
  readonly site: MemberSite;
  /** The shortest interval, not below the one asked for, that the device can have alone. */
  readonly aloneMs: number;
  readonly #local: SharedCut;
  readonly #cuts: SharedCut[];
  /** The mix of the highest rate: within the limit at every interval that is asked for. */
  readonly #quickest: Point;
  readonly #single = new Map<SharedCut, Point>();
  readonly #points: Point[] = [];

  constructor(frame: PricedFrame, intervalMs: number, site: MemberSite) {
    this.frame = frame;
    this.site = site;
    const { columns, mix } = cutMixOf(frame, site.workers);
    this.#local = loadedCut(frame, extremeSet(frame.graph, 'all'), new Map());
    const cuts = new Map(
      columns.map((column) => [column, loadedCut(frame, column.set, column.sendings)]),
    );
    this.#cuts = [...cuts.values()];
    this.#quickest = meanPoint(
      mix.flatMap(({ cut, weight }) => {
        const known = cuts.get(cut);
        return known ? [{ cut: known, weight }] : [];
      }),
    );
    // The loads of the mix itself: its period is rounded where they differ by many orders of magnitude.
    const { deviceMs, linkMs, cloudMs } = this.#quickest;
    const periodMs = Math.max(deviceMs, linkMs, cloudMs / site.workers);
    this.aloneMs = Math.max(intervalMs, (periodMs * (1 + ROOM)) / site.usable);
  }

  /** Prices of a cut: serial time as far as it counts (0 or 1), and the rows of the shared machines. */
  pricesAt(rows: readonly number[], serial: 0 | 1): CutPrices {
    const { uplink, cloudRow } = this.site;
    return {
      deviceMs: serial,
      linkMs: serial,
      cloudMs: serial + (rows[cloudRow] ?? 0) * this.#cloudShare,
      byte: uplink ? (rows[uplink.row] ?? 0) * this.#byteShare : 0,
      wayMs: serial,
    };
  }

  /** Shares of the shared machines' time that frames take, one an interval; by row. */
  loadsAt(loads: FrameLoads, intervalMs: number, rows: number): number[] {
    const { uplink, cloudRow } = this.site;
    const shares = Array.from({ length: rows }, () => 0);
    shares[cloudRow] = (loads.cloudMs * this.#cloudShare) / intervalMs;
    if (uplink) shares[uplink.row] = (loads.bytes * this.#byteShare) / intervalMs;
    return shares;
  }

  /** Max mean load of a frame on each of the device's machines. */
  limitAt(intervalMs: number): number {
    return intervalMs * this.site.usable;
  }

  /** Mixes known to be within a limit; at least one. */
  pointsWithin(limitMs: number): Point[] {
    const known = this.#points.filter((point) => this.#isWithin(point, limitMs));
    if (known.length > 0) return known;
    return [this.cheapestKnown(this.pricesAt([], 1), limitMs).point];
  }

  /** The cheapest mix of the known cuts. */
  cheapestKnown(prices: CutPrices, limitMs: number): PricedPoint {
    const { point, costMs } = this.#mixed(prices, limitMs);
    this.#remember(point);
    return { point, costMs };
  }

  /** The cheapest mix of all cuts. */
  cheapest(prices: CutPrices, limitMs: number): ProvenPoint {
    for (let round = 0; ; round++) {
      const { point, costMs, own } = this.#mixed(prices, limitMs);
      const [devicePrice, linkPrice] = own;
      const { cut, costMs: pricedMs } = cheapestCut(this.frame, this.#local, {
        ...prices,
        deviceMs: prices.deviceMs + devicePrice,
        linkMs: prices.linkMs + linkPrice,
      });
      const ownPrice = devicePrice + linkPrice;
      const savedMs = costMs - (pricedMs - ownPrice * limitMs);
      const isKnown = this.#cuts.some((one) => hasSameLoads(one, cut));
      if (isKnown || savedMs <= SAME * costMs || round === ROUNDS) {
        this.#remember(point);
        return { point, costMs, pricedMs, ownPrice };
      }
      this.#cuts.push(cut);
    }
  }

  get #cloudShare(): number {
    return 1 / (this.site.workers * this.site.usable);
  }

  get #byteShare(): number {
    return (this.site.uplink?.msPerByte ?? 0) / this.site.usable;
  }

  /** One cut where the cheapest is within the limit; else a mix, with the prices of the device's machines. */
  #mixed(prices: CutPrices, limitMs: number): PricedPoint & { readonly own: Loads } {
    const costs = this.#cuts.map((cut) => pricedLoads(cut, prices));
    const least = costs.indexOf(Math.min(...costs));
    const first = this.#cuts[least] ?? this.#local;
    if (this.#isWithin(first, limitMs)) {
      return { point: this.#alone(first), costMs: costs[least] ?? 0, own: NOTHING };
    }
    const columns = this.#cuts.map((cut, i) => ({
      costMs: costs[i] ?? 0,
      loads: this.#ownLoads(cut),
    }));
    const { weights, costMs, prices: own } = limitedMix(columns, limitMs);
    const cuts = this.#cuts.flatMap((cut, i) => {
      const weight = weights[i] ?? 0;
      return weight > SAME ? [{ cut, weight }] : [];
    });
    const [only] = cuts;
    const point = only && cuts.length === 1 ? this.#alone(only.cut) : meanPoint(cuts);
    if (this.#isWithin(point, limitMs)) return { point, costMs, own };
    return { point: this.#quickest, costMs: pricedLoads(this.#quickest, prices), own };
  }

  #alone(cut: SharedCut): Point {
    const known = this.#single.get(cut);
    if (known) return known;
    const made = meanPoint([{ cut, weight: 1 }]);
    this.#single.set(cut, made);
    return made;
  }

  #remember(point: Point): void {
    if (this.#points.includes(point)) return;
    if (this.#points.push(point) > POINTS) this.#points.shift();
  }

  #ownLoads({ deviceMs, linkMs }: FrameLoads): Loads {
    return [deviceMs, linkMs, 0];
  }

  #isWithin(loads: FrameLoads, limitMs: number): boolean {
    return this.#ownLoads(loads).every((ms) => ms <= limitMs * (1 + SLIGHT));
  }
}

/** Mean loads of cuts with weights. */
export function meanPoint(cuts: Point['cuts']): Point {
  const mean = (amount: (cut: SharedCut) => number): number =>
    cuts.reduce((sum, { cut, weight }) => sum + weight * amount(cut), 0);
  return {
    cuts,
    deviceMs: mean((cut) => cut.deviceMs),
    linkMs: mean((cut) => cut.linkMs),
    cloudMs: mean((cut) => cut.cloudMs),
    bytes: mean((cut) => cut.bytes),
    wayMs: mean((cut) => cut.wayMs),
  };
}

function hasSameLoads(one: SharedCut, other: SharedCut): boolean {
  return (
    one.deviceMs === other.deviceMs &&
    one.linkMs === other.linkMs &&
    one.cloudMs === other.cloudMs &&
    one.bytes === other.bytes &&
    one.wayMs === other.wayMs
  );
}
