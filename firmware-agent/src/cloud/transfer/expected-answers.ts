/** Hands results and faults of the cloud to the frames that wait for them; late ones are dropped. */
import { randomUUID } from 'node:crypto';
import type { DownlinkEstimator, Envelope, ResultHead } from '../../../../src/wire/index.js';
import { Fault, isFaultCode } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { Log } from '../../log.js';

type ResultOf = Extract<ResultHead, { kind: 'result' }>;

export type Answer =
  | {
      readonly kind: 'result';
      readonly head: ResultOf;
      readonly body: Uint8Array;
      readonly atMs: number;
    }
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface Expected {
  /** Never rejects. */
  readonly answer: Promise<Answer>;
  /** The answer, once it has come. */
  known(): Answer | undefined;
  /** Stops waiting. */
  forget(): void;
}

/** Shortest time between two log lines about faults without a frame. */
const LOG_MS = 5000;
/** Frames whose results are timed though nothing waits for them any more. */
const TIMED = 64;
const LOST = 'the connection was lost while the frame was out';

export class ExpectedAnswers {
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  /** When the last tensor of a frame was acknowledged, by frame: the newest ones, also those that were given up. */
  private readonly sent = new Map<string, () => number | undefined>();
  private reportedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly log: Log,
    private readonly downlink: Pick<DownlinkEstimator, 'returned'>,
  ) {}

  /** Waits for a frame's answer until a time on the monotonic clock; then it is the fault FRAME_EXPIRED. */
  expect(
    frame: string,
    untilMs: number,
    deadlineMs: number,
    ackedAtMs: () => number | undefined = () => undefined,
  ): Expected {
    this.time(frame, ackedAtMs);
    let known: Answer | undefined;
    let settle: (answer: Answer) => void = () => undefined;
    const answer = new Promise<Answer>((resolve) => {
      settle = (given) => {
        known ??= given;
        resolve(given);
      };
    });
    const expire = (): void =>
      settle(faulty('FRAME_EXPIRED', `no answer within ${Math.round(deadlineMs)} ms`));
    const timer = setTimeout(expire, Math.max(0, untilMs - monotonicMs()));
    this.waiting.set(frame, settle);
    const forget = (): void => {
      clearTimeout(timer);
      this.waiting.delete(frame);
    };
    return { answer: answer.finally(forget), known: () => known, forget };
  }

  take({ head, body }: Envelope<ResultHead>): void {
    if (head.kind === 'result') {
      const atMs = monotonicMs();
      this.returned(head, body.length, atMs);
      this.waiting.get(head.frame)?.({ kind: 'result', head, body, atMs });
      return;
    }
    const code = isFaultCode(head.code) ? head.code : 'FRAME_FAILED';
    if (head.frame !== undefined) this.waiting.get(head.frame)?.(faulty(code, head.message));
    else if (monotonicMs() - this.reportedMs > LOG_MS) {
      this.reportedMs = monotonicMs();
      this.log.warn(`the cloud reports ${head.code}: ${head.message}`);
    }
  }

  private time(frame: string, ackedAtMs: () => number | undefined): void {
    this.sent.set(frame, ackedAtMs);
    const [oldest] = this.sent.keys();
    if (this.sent.size > TIMED && oldest !== undefined) this.sent.delete(oldest);
  }

  /** Times the way back, of a late result too: a slow downlink makes results late. */
  private returned(head: ResultOf, bytes: number, atMs: number): void {
    const ackedAtMs = this.sent.get(head.frame)?.();
    this.sent.delete(head.frame);
    if (ackedAtMs === undefined) return;
    this.downlink.returned({ bytes, readyAtMs: ackedAtMs + head.queueMs + head.cloudMs, atMs });
  }

  /** No frame that is out will be answered: the connection is lost, if no other fault is given. */
  failAll(fault = new Fault('CLOUD_UNREACHABLE', LOST)): void {
    for (const settle of this.waiting.values()) settle({ kind: 'fault', fault });
  }
}

function faulty(code: Fault['code'], message: string): Answer {
  return { kind: 'fault', fault: new Fault(code, message) };
}

/** 32 hex digits that no other frame has. */
export function newFrameId(): string {
  return randomUUID().replaceAll('-', '');
}
