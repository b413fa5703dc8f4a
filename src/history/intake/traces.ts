/**
 * Frames as OpenTelemetry traces: a span a frame and one a stage, sent by OTLP over HTTP as JSON (opentelemetry-proto 1.x).
 *
 * The frame's id is the trace's. Loaded only where FLOTILLA_TRACES_URL is set. Traces are for looking at, not for keeping: what cannot
 * be sent is dropped, and counted.
 */
import { createHash } from 'node:crypto';
import { type Clock, LimitedLog, type Log, type Timer } from '../../platform/index.js';
import type { FrameRecord } from '../../wire/index.js';
import { barsOf } from '../views/timeline.js';

const SEND_MS = 2_000;
const MOST_FRAMES = 2_000;
const TIMEOUT_MS = 5_000;
const SPAN_INTERNAL = 1;
const STATUS_ERROR = 2;

interface TracedFrame {
  readonly device: string;
  readonly record: FrameRecord;
  readonly startedMs: number;
}

export class Traces {
  dropped = 0;
  private frames: TracedFrame[] = [];
  private timer: Timer | undefined;
  private readonly lines: LimitedLog;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    log: Log,
  ) {
    this.lines = new LimitedLog(log, clock);
  }

  add(frame: TracedFrame): void {
    if (this.frames.length === MOST_FRAMES) {
      this.dropped += 1;
      return;
    }
    this.frames.push(frame);
    this.timer ??= this.clock.after(SEND_MS, () => void this.send());
  }

  /** Sends what was added so far. */
  async send(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    const frames = this.frames.splice(0);
    if (frames.length === 0) return;
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(tracesOf(frames)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    } catch (err) {
      this.dropped += frames.length;
      this.lines.warn({ err, dropped: this.dropped }, 'traces not sent');
    }
  }
}

/** The message ExportTraceServiceRequest in the JSON form of OTLP. */
function tracesOf(frames: readonly TracedFrame[]): object {
  const resource = { attributes: attributesOf({ 'service.name': 'flotilla' }) };
  const scopeSpans = [{ scope: { name: 'flotilla' }, spans: frames.flatMap(spansOf) }];
  return { resourceSpans: [{ resource, scopeSpans }] };
}

function spansOf({ device, record, startedMs }: TracedFrame): object[] {
  const { frame, model, planVersion, outcome, measured, totalMs, sentBytes } = record;
  const span = (name: string, fromMs: number, toMs: number, more: object) => ({
    traceId: frame,
    spanId: spanId(frame, name),
    name,
    kind: SPAN_INTERNAL,
    startTimeUnixNano: nanoseconds(startedMs + fromMs),
    endTimeUnixNano: nanoseconds(startedMs + toMs),
    ...more,
  });
  const values = { device, model, planVersion, outcome, sentBytes };
  const root = span('frame', 0, totalMs, {
    attributes: attributesOf(values),
    ...(outcome === 'failed' && { status: { code: STATUS_ERROR, message: record.fault?.code } }),
  });
  const parentSpanId = spanId(frame, 'frame');
  const stages = barsOf(measured, totalMs).map(({ stage, fromMs, toMs }) =>
    span(stage, fromMs, toMs, { parentSpanId }),
  );
  return [root, ...stages];
}

function spanId(frame: string, name: string): string {
  return createHash('sha256').update(`${frame} ${name}`).digest('hex').slice(0, 16);
}

/** Too many digits for a number of JavaScript. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n);
}

function attributesOf(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}
