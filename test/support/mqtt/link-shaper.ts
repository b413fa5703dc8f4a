/**
 * A link in user space: a TCP proxy whose uplink and downlink have a rate and a latency that can be
 * changed, frozen or cut while bytes are under way. Needs no root, works the same on every machine.
 * Serialisation is virtual time: a byte leaves when the bytes before it have left, so the average
 * rate is exact although timers are coarse.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface LinkSettings {
  uplinkMbps: number;
  downlinkMbps: number;
  /** One way, both directions. */
  latencyMs: number;
}

/** Bytes that are forwarded at once: about a packet, so that a change of rate acts at once. */
const QUANTUM_BYTES = 1448;
/** Bytes waiting at the entry of a direction before the sender is paused, as a router's queue would. */
const QUEUE_BYTES = 16 * 1024;

export class LinkShaper {
  readonly #server: Server;
  readonly #settings: LinkSettings;
  readonly #lanes = new Set<Lane>();
  #isCut = false;
  #isFrozen = false;
  #uplinkBytes = 0;
  #trap: { readonly atBytes: number; readonly act: () => void } | undefined;

  private constructor(target: { host: string; port: number }, settings: LinkSettings) {
    this.#settings = { ...settings };
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#join(socket, target));
  }

  /** A shaper in front of the target, on a free port of the loopback or of another address of this machine. */
  static async start(
    target: { host: string; port: number },
    settings: LinkSettings,
    host = '127.0.0.1',
  ): Promise<LinkShaper> {
    const shaper = new LinkShaper(target, settings);
    shaper.#server.listen(0, host);
    await once(shaper.#server, 'listening');
    return shaper;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get settings(): Readonly<LinkSettings> {
    return this.#settings;
  }

  /** Bytes that left for the cloud so far. */
  get uplinkBytes(): number {
    return this.#uplinkBytes;
  }

  /** Changes rates or latency from the next packet on. */
  set(change: Partial<LinkSettings>): void {
    Object.assign(this.#settings, change);
  }

  /** Closes every connection and refuses new ones until `restore`. */
  cut(): void {
    this.#isCut = true;
    for (const lane of this.#lanes) lane.close();
  }

  /** Cuts once this many more uplink bytes have passed: a fault by counter. */
  cutAfter(uplinkBytes: number): void {
    this.after(uplinkBytes, () => this.cut());
  }

  /** Does something, once, when this many more uplink bytes have passed; replaces what was to be done before. */
  after(uplinkBytes: number, act: () => void): void {
    this.#trap = { atBytes: this.#uplinkBytes + uplinkBytes, act };
  }

  /** Drops all traffic silently, like a phone in a tunnel. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Undoes `cut`, `cutAfter` and `freeze`. */
  restore(): void {
    this.#isCut = false;
    this.#isFrozen = false;
    this.#trap = undefined;
    for (const lane of this.#lanes) lane.kick();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(device: Socket, target: { host: string; port: number }): void {
    if (this.#isCut) {
      device.destroy();
      return;
    }
    const cloud = connect({ ...target, noDelay: true });
    device.setNoDelay(true);
    const isFrozen = () => this.#isFrozen;
    const latencyMs = () => this.#settings.latencyMs;
    const up = new Lane(device, cloud, {
      isFrozen,
      latencyMs,
      mbps: () => this.#settings.uplinkMbps,
      onForwarded: (bytes) => this.#countUplink(bytes),
    });
    const down = new Lane(cloud, device, {
      isFrozen,
      latencyMs,
      mbps: () => this.#settings.downlinkMbps,
      onForwarded: () => undefined,
    });
    for (const lane of [up, down]) {
      this.#lanes.add(lane);
      lane.onClose(() => this.#lanes.delete(lane));
    }
  }

  #countUplink(bytes: number): void {
    this.#uplinkBytes += bytes;
    const trap = this.#trap;
    if (trap === undefined || this.#uplinkBytes < trap.atBytes) return;
    this.#trap = undefined;
    trap.act();
  }
}

interface LaneRules {
  isFrozen(): boolean;
  latencyMs(): number;
  mbps(): number;
  onForwarded(bytes: number): void;
}

/** One direction of one connection: entry queue → serialisation at the rate → flight of latencyMs → exit. */
class Lane {
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** When the last byte so far has left, in ms of the process's monotonic clock. */
  #freeAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #flying: { quantum: Buffer; landsAtMs: number }[] = [];
  #landing: NodeJS.Timeout | undefined;
  #isClosed = false;
  #hasEnded = false;

  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    private readonly rules: LaneRules,
  ) {
    source.on('data', (bytes) => this.#enter(bytes as Buffer));
    source.on('end', () => {
      this.#hasEnded = true;
      this.kick();
    });
    for (const socket of [source, sink]) socket.on('error', () => this.close());
    // A source that ended in order may close at once: what it said last is still under way.
    source.on('close', () => this.#hasEnded || this.close());
    source.resume();
  }

  onClose(listener: () => void): void {
    this.sink.once('close', listener);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#landing);
    this.source.destroy();
    this.sink.destroy();
  }

  /** Goes on where a freeze stopped. */
  kick(): void {
    if (this.#timer === undefined && !this.#isClosed) this.#forward();
  }

  #enter(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > QUEUE_BYTES) this.source.pause();
    this.kick();
  }

  /** Sends what virtual time allows, then sleeps until the next quantum has left. */
  #forward(): void {
    this.#timer = undefined;
    while (!this.rules.isFrozen() && !this.#isClosed) {
      const nowMs = performance.now();
      if (this.#freeAtMs > nowMs) {
        this.#timer = setTimeout(() => this.#forward(), this.#freeAtMs - nowMs);
        return;
      }
      const quantum = this.#take();
      if (quantum === undefined) break;
      // A lane that was idle starts now; one that is behind its timer keeps its place in time.
      const startMs = nowMs - this.#freeAtMs > 5 ? nowMs : this.#freeAtMs;
      this.#freeAtMs = startMs + (quantum.length * 8) / (this.rules.mbps() * 1000);
      this.#fly(quantum, this.#freeAtMs + this.rules.latencyMs());
    }
    if (this.#hasEnded && this.#flying.length === 0) this.#awaitLanding();
  }

  #take(): Buffer | undefined {
    const head = this.#waiting[0];
    if (head === undefined) return undefined;
    const quantum = head.subarray(0, QUANTUM_BYTES);
    if (quantum.length === head.length) this.#waiting.shift();
    else this.#waiting[0] = head.subarray(QUANTUM_BYTES);
    this.#waitingBytes -= quantum.length;
    if (this.#waitingBytes <= QUEUE_BYTES && this.source.isPaused()) this.source.resume();
    return quantum;
  }

  /** In flight: a queue of its own, because timers of different delays may overtake each other. */
  #fly(quantum: Buffer, landsAtMs: number): void {
    this.#flying.push({ quantum, landsAtMs });
    if (this.#flying.length === 1) this.#awaitLanding();
  }

  #awaitLanding(): void {
    const [next] = this.#flying;
    if (next === undefined) {
      if (this.#hasEnded && this.#waitingBytes === 0) this.sink.end();
      return;
    }
    this.#landing = setTimeout(() => this.#land(), Math.max(0, next.landsAtMs - performance.now()));
  }

  #land(): void {
    const nowMs = performance.now();
    for (
      let next = this.#flying[0];
      next && next.landsAtMs <= nowMs + 0.5;
      next = this.#flying[0]
    ) {
      this.#flying.shift();
      if (this.sink.destroyed) return;
      this.sink.write(next.quantum);
      this.rules.onForwarded(next.quantum.length);
    }
    if (!this.#isClosed) this.#awaitLanding();
  }
}
