/** Readiness: a registry of the named checks of the parts. */
import { z } from 'zod';
import type { Clock, Timer } from '../clock.js';
import type { ResponseOf } from '../http/answers.js';

/** Resolves when the part works, with a remark for operators if there is one; throws, with a message, when it does not. */
export type HealthCheck = () => Promise<string | undefined> | Promise<void> | void;

export const healthState = z.object({
  isReady: z.boolean(),
  checks: z.record(
    z.string(),
    z.object({
      ...{ ok: z.boolean(), ms: z.number() },
      because: z.string().describe('Why it is not ready, or what to look at').exactOptional(),
    }),
  ),
});
export type HealthState = ResponseOf<typeof healthState>;

const CHECK_TIMEOUT_MS = 2_000;

async function withinTimeout(check: HealthCheck, clock: Clock): Promise<string | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(CHECK_TIMEOUT_MS, () =>
      reject(new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`)),
    );
  });
  try {
    return (await Promise.race([check(), late])) ?? undefined;
  } finally {
    timer?.cancel();
  }
}

export class Health {
  private readonly checks = new Map<string, HealthCheck>();
  private running: Promise<HealthState> | undefined;

  constructor(private readonly clock: Clock) {}

  /** Adds a check under a unique name. */
  register(name: string, check: HealthCheck): void {
    if (this.checks.has(name)) throw new Error(`there is a health check named '${name}' already`);
    this.checks.set(name, check);
  }

  /** Runs all checks in parallel, each for at most two seconds. Requests at the same time share a run: they need no credential. */
  state(): Promise<HealthState> {
    this.running ??= this.runAll().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async runAll(): Promise<HealthState> {
    const entries = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await this.run(check)] as const),
    );
    return {
      isReady: entries.every(([, result]) => result.ok),
      checks: Object.fromEntries(entries),
    };
  }

  private async run(check: HealthCheck) {
    const startMs = this.clock.monotonicMs();
    const elapsedMs = () => Math.round(this.clock.monotonicMs() - startMs);
    try {
      const remark = await withinTimeout(check, this.clock);
      return { ok: true, ms: elapsedMs(), ...(remark !== undefined && { because: remark }) };
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      return { ok: false, ms: elapsedMs(), because };
    }
  }
}
