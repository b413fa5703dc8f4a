/**
 * The queue of devices that wait to be planned for.
 *
 * A device waits once, however many requests it has, and is planned for as it is at its turn. So the queue is never
 * longer than the fleet, and no plan is outdated when it is made.
 */
import type { Clock } from '../../platform/index.js';
import { type PlanCause, weightierCause } from '../budget/causes.js';

/** A request for a plan: its cause, and when the device began to wait on the monotonic clock. */
export interface PlanRequest {
  readonly device: string;
  readonly cause: PlanCause;
  readonly sinceMs: number;
}

export class PlanningTurns {
  private readonly waiting = new Map<string, PlanRequest>();
  private turns: Promise<void> | undefined;
  private turnOf: string | undefined;
  private isClosed = false;

  /** `step` plans for one device and never rejects. */
  constructor(
    private readonly step: (request: PlanRequest) => Promise<void>,
    private readonly clock: Clock,
  ) {}

  /** Queues a device. A waiting one takes the weightier of both causes. */
  request(device: string, cause: PlanCause): void {
    if (this.isClosed) return;
    const before = this.waiting.get(device);
    const sinceMs = before?.sinceMs ?? this.clock.monotonicMs();
    const both = before === undefined ? cause : weightierCause(before.cause, cause);
    this.waiting.set(device, { device, cause: both, sinceMs });
    this.turns ??= this.takeTurns();
  }

  /** True while a device waits, or has its turn. */
  has(device: string): boolean {
    return this.waiting.has(device) || this.turnOf === device;
  }

  forget(device: string): void {
    this.waiting.delete(device);
  }

  /** Drops every request; later ones are ignored. */
  close(): void {
    this.isClosed = true;
    this.waiting.clear();
  }

  /** Resolves when the turn that runs has ended. */
  async drained(): Promise<void> {
    await this.turns;
  }

  private async takeTurns(): Promise<void> {
    for (const [device, request] of this.waiting) {
      this.waiting.delete(device);
      this.turnOf = device;
      await this.step(request);
    }
    this.turnOf = undefined;
    this.turns = undefined;
  }
}
