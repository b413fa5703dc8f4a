/**
 * Metrics of this process for Prometheus; parts of the service add their own.
 *
 * Names begin with flotilla_, times are in seconds and sizes in bytes, by the conventions of Prometheus. Labels have few
 * values: `boundedLabel` limits those a device may choose.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** From a millisecond to a minute, each bound about twice the previous one. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
const MAX_VALUES = 50;

export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []) {
    return new Counter<L>({ name, help, labelNames: [...labels], registers: [this.registry] });
  }

  /**
   * Counts since the start, by one label, that are kept elsewhere and read when the metrics are. Every value of the label is there
   * from the start: a rate over a series that appears with its first event would miss that event.
   */
  counts(
    name: string,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  /** Values by one label that are read when the metrics are. */
  gauges(
    name: string,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, now] of Object.entries(read())) this.set({ [label]: value }, now);
      },
    });
  }

  /** A value that is read when the metrics are. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** A histogram of seconds, unless other buckets are given. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    buckets: readonly number[] = SECONDS,
  ) {
    const options = { name, help, labelNames: [...labels], buckets: [...buckets] };
    return new Histogram<L>({ ...options, registers: [this.registry] });
  }

  /** The metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** Keeps the first fifty values of a label, and maps all later ones to `other`. */
export function boundedLabel(): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size === MAX_VALUES) return 'other';
    known.add(value);
    return value;
  };
}
