/** Figures of the history: what frames took end to end and by stage, and how records get into the database. */
import { boundedLabel, type Metrics } from '../../platform/index.js';
import { type FrameRecord, stageNames } from '../../wire/index.js';
import type { RecordJournal } from './record-journal.js';

/** Enough of a digest to distinguish the models of a fleet. */
const DIGEST_LETTERS = 12;

export class HistoryMetrics {
  private readonly modelLabel = boundedLabel();
  private readonly frames;
  private readonly stages;
  private readonly commits;

  constructor(metrics: Metrics, journal: RecordJournal) {
    this.frames = metrics.histogram(
      'flotilla_frame_seconds',
      'Frames by the time they took end to end, by model (the first letters of its digest) and outcome',
      ['model', 'outcome'],
    );
    const stages = metrics.histogram(
      'flotilla_stage_seconds',
      'Answered frames by the time a stage took',
      ['stage'],
    );
    this.stages = stageNames.map((stage) => [stage, stages.labels(stage)] as const);
    this.commits = metrics.histogram(
      'flotilla_history_commit_seconds',
      'Groups of records by the time until they were committed',
    );
    metrics.gauge(
      'flotilla_history_waiting_records',
      'Records that wait to be committed',
      () => journal.waitingRecords,
    );
    metrics.gauge(
      'flotilla_history_refused_messages',
      'Messages with records that were rejected since the start because too many waited',
      () => journal.refusedBatches,
    );
    metrics.gauge(
      'flotilla_history_rejected_records',
      'Records that the database rejected since the start; their devices keep them',
      () => journal.rejectedRecords,
    );
  }

  committed(seconds: number): void {
    this.commits.observe(seconds);
  }

  /** Counts a frame that is new in the history, under its model where the service knows it. */
  stored({ model, outcome, totalMs, measured }: FrameRecord, isKnownModel: boolean): void {
    // Devices must not fill the label with models of their own.
    const label = isKnownModel ? this.modelLabel(model.slice(0, DIGEST_LETTERS)) : 'other';
    const labels = { model: label, outcome };
    this.frames.observe(labels, totalMs / 1_000);
    if (outcome === 'failed') return;
    for (const [stage, times] of this.stages) times.observe(measured[`${stage}Ms`] / 1_000);
  }
}
