/** What frames of one device cost, as far as is known, and what was known earlier. */
import { type Birth, DriftWatch, type ModelDocument, ranges } from '../../wire/index.js';
import { type CloudFrame, OverheadEstimates, type Overheads } from '../pricing/overheads.js';
import { type BlockTimes, blocksWithoutTime } from '../pricing/planner-network.js';
import { type Abilities, encodingCosts, NO_ABILITIES } from '../pricing/ways.js';
import { CostHistory, type KnownCosts } from './cost-history.js';
import type { ReadyModel } from './model-shelf.js';

/** The length of picture files varies: only a change of their usual length by this share counts. */
const NOTABLE_FILE_SHARE = 0.2;

export class DeviceCosts {
  private blockMs: ReadonlyMap<string, number> = new Map();
  private abilities: Abilities = NO_ABILITIES;
  /** What frames of the model cost in addition to blocks and bytes. */
  private readonly overheads = new OverheadEstimates();
  private readonly history = new CostHistory();
  /** Whether the cloud's part of frames takes what the plan says. */
  private readonly cloudDrift = new DriftWatch();
  private judgedCosts: KnownCosts | undefined;
  private lastCorrectionMs = Number.NEGATIVE_INFINITY;

  /** False for a device that sends its inputs whole. */
  get runsBlocks(): boolean {
    return this.abilities.runsBlocks ?? true;
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
    const { blockMs, abilities } = this;
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
    this.cloudDrift.reset();
  }

  planIssued(): void {
    this.cloudDrift.reset();
  }

  blocksMeasured(times: Iterable<readonly [digest: string, ms: number]>): void {
    this.blockMs = new Map([...this.blockMs, ...times]);
  }

  overheadsMeasured(own: Pick<Overheads, 'handOverMs' | 'frameMs'>): void {
    this.overheads.learnDevice(own);
  }

  tailRan(overheadMs: number): void {
    this.overheads.learnTail(overheadMs);
  }

  frameRan(frame: CloudFrame): void {
    this.overheads.learn(frame);
  }

  /** True when the cloud's part of frames has drifted from the plan. */
  cloudTook(measuredMs: number, plannedMs: number): boolean {
    return this.cloudDrift.note(measuredMs, plannedMs) !== undefined;
  }

  /** Takes how the device's frames come and travel; true when that is news. */
  born({ source, encodings, encodeMsPerByte, runsBlocks }: Birth): boolean {
    const before = this.abilities;
    const { jpegBytes } = before;
    this.abilities = {
      ...{ source, encodings, ...(encodeMsPerByte && { encodeMsPerByte }) },
      ...(runsBlocks === false && { runsBlocks }),
      ...(jpegBytes !== undefined && { jpegBytes }),
    };
    // Times are measured at every start and differ a little each time: that alone is no news.
    const isAsBefore = before.source === source && before.runsBlocks === this.abilities.runsBlocks;
    return !isAsBefore || before.encodings.join() !== encodings.join();
  }

  /** A device that runs no blocks would take as long as a block can: where devices are planned together, none is planned on it. */
  private timesFor({ blocks }: ModelDocument): BlockTimes {
    if (this.runsBlocks) return this.blockMs;
    return new Map(blocks.map(({ digest }) => [digest, ranges.blockMs.max]));
  }

  /** Takes the usual length of the files that frames come as; true when it differs notably. */
  filesMeasured(jpegBytes: number): boolean {
    const { jpegBytes: before = 0 } = this.abilities;
    if (Math.abs(jpegBytes - before) <= NOTABLE_FILE_SHARE * before) return false;
    this.abilities = { ...this.abilities, jpegBytes };
    return true;
  }
}
