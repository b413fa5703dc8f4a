/**
 * Log lines that can repeat, each kind at a bounded rate, with a count of those left out.
 *
 * A fault that lasts, or a client that repeats one, must not fill the disk with lines. Above the rate, the newest line of a kind
 * is held until it may be written; `suppressed` counts the lines between it and the one before.
 */
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { TokenBucket } from './token-bucket.js';

export interface LineRate {
  /** Lines of one kind that are written at once. */
  readonly burst: number;
  /** Lines of one kind that are written in the long run. */
  readonly perMinute: number;
}

type Fields = Readonly<Record<string, unknown>>;

interface HeldLine {
  readonly level: 'warn' | 'error';
  readonly fields: Fields;
  readonly text: string;
  readonly suppressed: number;
}

interface Kind {
  readonly bucket: TokenBucket;
  held: HeldLine | undefined;
}

const RATE: LineRate = { burst: 10, perMinute: 6 };
/** Kinds with a rate of their own; further ones share one, so that the memory is bounded whatever the kinds are. */
const MAX_KINDS = 100;

export class LimitedLog {
  private readonly kinds = new Map<string, Kind>();
  private readonly others: Kind;

  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
    private readonly rate: LineRate = RATE,
  ) {
    this.others = this.newKind();
  }

  /** Logs a warning; lines of one kind share a rate, by default those of one text. */
  warn(fields: Fields, text: string, kind = text): void {
    this.add(kind, { level: 'warn', fields, text, suppressed: 0 });
  }

  /** Logs an error; lines of one kind share a rate, by default those of one text. */
  error(fields: Fields, text: string, kind = text): void {
    this.add(kind, { level: 'error', fields, text, suppressed: 0 });
  }

  private add(name: string, line: HeldLine): void {
    const kind = this.kindOf(name);
    if (kind.held !== undefined) {
      kind.held = { ...line, suppressed: kind.held.suppressed + 1 };
      return;
    }
    const waitMs = kind.bucket.waitMs(1, this.clock.monotonicMs());
    if (waitMs === 0) {
      this.write(kind, line);
      return;
    }
    kind.held = line;
    this.clock.after(waitMs, () => {
      const { held } = kind;
      kind.held = undefined;
      if (held !== undefined) this.write(kind, held);
    });
  }

  private write({ bucket }: Kind, { level, fields, text, suppressed }: HeldLine): void {
    bucket.take(1, this.clock.monotonicMs());
    this.log[level]({ ...fields, ...(suppressed > 0 && { suppressed }) }, text);
  }

  private kindOf(name: string): Kind {
    const known = this.kinds.get(name);
    if (known !== undefined) return known;
    if (this.kinds.size >= MAX_KINDS) return this.others;
    const kind = this.newKind();
    this.kinds.set(name, kind);
    return kind;
  }

  private newKind(): Kind {
    const { burst, perMinute } = this.rate;
    const bucket = new TokenBucket(perMinute / 60, burst, this.clock.monotonicMs());
    return { bucket, held: undefined };
  }
}
