/**
 * Finds devices that come and go: many sessions in a short time point to a link, a power supply or a copied secret that an
 * operator should check. Pure memory, no clock of its own; what it finds is kept as a time until which a device counts so.
 */

/** Sessions begun within the span that make a device a flapping one. */
const SESSIONS = 8;
const SPAN_MS = 5 * 60_000;

export class FlapWatch {
  /** When the latest sessions of a device began, oldest first. */
  private readonly begun = new Map<string, number[]>();

  /** A session began: until when the device counts as flapping; undefined when it does not. */
  connected(device: string, at: Date): Date | undefined {
    const nowMs = at.getTime();
    const recent = (this.begun.get(device) ?? []).filter((ms) => nowMs - ms < SPAN_MS);
    const latest = [...recent, nowMs].slice(-SESSIONS);
    this.begun.delete(device);
    this.begun.set(device, latest);
    this.forgetCalm(nowMs);
    return latest.length < SESSIONS ? undefined : new Date(nowMs + SPAN_MS);
  }

  forget(device: string): void {
    this.begun.delete(device);
  }

  /** Devices are in the order of their latest session: the calm ones come first. */
  private forgetCalm(nowMs: number): void {
    for (const [device, times] of this.begun) {
      if (nowMs - (times.at(-1) ?? nowMs) < SPAN_MS) return;
      this.begun.delete(device);
    }
  }
}
