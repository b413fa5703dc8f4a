/** What frames of one device cost, as far as is known, and what was known earlier. */
import { type Birth, DriftWatch, type ModelDocument, ranges } from '../../wire/index.js';
import { type CloudFrame, OverheadEstimates, type Overheads } from '../pricing/overheads.js';
import { type BlockTimes, blocksWithoutTime } from '../pricing/planner-network.js';
import { type Abilities, encodingCosts, NO_ABILITIES } from '../pricing/ways.js';
import { CostHistory, type KnownCosts } from './cost-history.js';
import type { ReadyModel } from './model-shelf.js';

/** The length of picture files varies: only a change of their usual length by this share counts. */
const NOTABLE_FILE_SHARE = 0.2;

const NO_TIMES: ReadonlyMap<string, number> = new Map();

export class DeviceCosts {
  private blockMs = NO_TIMES;
  private bornAbilities: Abilities = NO_ABILITIES;
  /** What frames of the model cost in addition to blocks and bytes. */
  private readonly overheads = new OverheadEstimates();
  private readonly history = new CostHistory();
  /** Whether the cloud's part of frames takes what the plan says; made for the first frame. */
  private cloudDrift: DriftWatch | undefined;
  private judgedCosts: KnownCosts | undefined;
  private lastCorrectionMs = Number.NEGATIVE_INFINITY;

  /** What the device can do, by its newest birth. */
  get abilities(): Abilities {
    return this.bornAbilities;
  }

  /** False for a device that sends its inputs whole. */
  get runsBlocks(): boolean {
    return this.bornAbilities.runsBlocks ?? true;
  }

  /** Digests of a model's blocks that the device must measure before it can have a plan. */
  blocksToMeasure(model: ModelDocument): string[] {
    return this.runsBlocks ? blocksWithoutTime(model, this.blockMs) : [];
  }

  /** When frames last led to planning, on the monotonic clock. */
  get correctedAtMs(): number {
    return this.lastCorrectionMs;
  }

  /** Costs of a model's frames now; undefined before the model and all block times are known. */
  now(model: ReadyModel | undefined, nowMs: number, maxBytes: number): KnownCosts | undefined {
    const { blockMs, bornAbilities: abilities } = this;
    if (model === undefined || this.blocksToMeasure(model.document).length > 0) return undefined;
    const own = this.overheads.overheads;
    const { encodingRules } = model;
    const { times: cloudMs, decodeMsPerByte, queueMs } = model.cloud;
    const from = [
      ...[blockMs, cloudMs, decodeMsPerByte, own, queueMs, abilities, encodingRules, maxBytes],
    ];
    return this.history.note(nowMs, model.id, from, () => ({
      ...{ deviceMs: this.timesFor(model.document), cloudMs },
      ...{ overheads: { ...own, queueMs }, maxBytes },
      ...encodingCosts(model.document.tensors, { ...encodingRules, decodeMsPerByte }, abilities),
    }));
  }

  /** Costs known at a time; undefined when they are no longer remembered. */
  at(atMs: number): KnownCosts | undefined {
    return this.history.at(atMs);
  }

  /** True for the costs that the last planning was for. */
  isJudged(costs: KnownCosts | undefined): boolean {
    return costs === this.judgedCosts;
  }

  judged(costs: KnownCosts | undefined): void {
    this.judgedCosts = costs;
  }

  /** Frames led to planning. */
  corrected(nowMs: number): void {
    this.lastCorrectionMs = nowMs;
    this.cloudDrift?.reset();
  }

  planIssued(): void {
    this.cloudDrift?.reset();
  }

  blocksMeasured(times: Iterable<readonly [digest: string, ms: number]>): void {
    this.blockMs = new Map([...this.blockMs, ...times]);
  }

  overheadsMeasured(own: Pick<Overheads, 'handOverMs' | 'frameMs'>): void {
    this.overheads.learnDevice(own);
  }

  /** The device reports the rate of its downlink. */
  downlinkIsMeasured(): void {
    this.overheads.downlinkIsMeasured();
  }

  tailRan(overheadMs: number): void {
    this.overheads.learnTail(overheadMs);
  }

  frameRan(frame: CloudFrame): void {
    this.overheads.learn(frame);
  }

  /** True when the cloud's part of frames has drifted from the plan. */
  cloudTook(measuredMs: number, plannedMs: number): boolean {
    this.cloudDrift ??= new DriftWatch();
    return this.cloudDrift.note(measuredMs, plannedMs) !== undefined;
  }

  /** Takes how the device's frames come and travel; true when that is news. */
  born({ source, encodings, encodeMsPerByte, runsBlocks }: Birth): boolean {
    const before = this.bornAbilities;
    const { jpegBytes } = before;
    this.bornAbilities = {
      ...{ source, encodings, ...(encodeMsPerByte && { encodeMsPerByte }) },
      ...(runsBlocks === false && { runsBlocks }),
      ...(jpegBytes !== undefined && { jpegBytes }),
    };
    // Times are measured at every start and differ a little each time: that alone is no news.
    const isAsBefore =
      before.source === source && before.runsBlocks === this.bornAbilities.runsBlocks;
    return !isAsBefore || before.encodings.join() !== encodings.join();
  }

  /** A device that runs no blocks would take as long as a block can: where devices are planned together, none is planned on it. */
  private timesFor({ blocks }: ModelDocument): BlockTimes {
    if (this.runsBlocks) return this.blockMs;
    return new Map(blocks.map(({ digest }) => [digest, ranges.blockMs.max]));
  }

  /** Takes the usual length of the files that frames come as; true when it differs notably. */
  filesMeasured(jpegBytes: number): boolean {
    const { jpegBytes: before = 0 } = this.bornAbilities;
    if (Math.abs(jpegBytes - before) <= NOTABLE_FILE_SHARE * before) return false;
    this.bornAbilities = { ...this.bornAbilities, jpegBytes };
    return true;
  }
}
