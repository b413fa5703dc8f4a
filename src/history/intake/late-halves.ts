/** Halves of frames whose rows are written, or about to be: added to them a little later, and tried again while the database is away. */
import type { Clock, Log, Timer } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import type { NamedHalf } from '../frames/cloud-half.js';

const PAUSE_MS = 500;
const TRIES = 10;
const MOST = 20_000;

/** Adds halves to their rows; answers with those that had none. */
export type AddHalves = (halves: readonly NamedHalf[]) => Promise<readonly NamedHalf[]>;

interface Waiting {
  readonly named: NamedHalf;
  readonly tries: number;
}

export class LateHalves {
  private waiting: readonly Waiting[] = [];
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly addAll: AddHalves,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  add(named: NamedHalf): void {
    this.keep([{ named, tries: 0 }]);
  }

  /** Adds what waits, trying once. */
  async drain(): Promise<void> {
    this.timer?.cancel();
    await this.running;
    await this.run();
    this.timer?.cancel();
  }

  private keep(more: readonly Waiting[]): void {
    this.waiting = [...this.waiting, ...more].slice(-MOST);
    if (this.waiting.length === 0) return;
    this.timer ??= this.clock.after(PAUSE_MS, () => {
      this.running = this.run();
    });
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    const { waiting } = this;
    this.waiting = [];
    const left = await this.leftOf(waiting);
    this.keep(left.filter(({ tries }) => tries < TRIES));
  }

  private async leftOf(waiting: readonly Waiting[]): Promise<readonly Waiting[]> {
    if (waiting.length === 0) return [];
    const triedAgain = waiting.map(({ named, tries }) => ({ named, tries: tries + 1 }));
    try {
      const missing = new Set(await this.addAll(waiting.map(({ named }) => named)));
      return triedAgain.filter(({ named }) => missing.has(named));
    } catch (err) {
      this.log.debug({ err, halves: waiting.length }, 'cloud halves not added; retrying');
      // A half that is rejected must not keep the others for ever.
      return err instanceof Fault ? waiting : triedAgain;
    }
  }
}
