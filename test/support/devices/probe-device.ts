/**
 * A steady device next to hostile ones: whole frames through the whole service at a steady rate, and how long each answer
 * took. Its device part costs nothing and its network is tiny, so that what is measured is the way there and back.
 */
import type { DesiredPlan, ResultHead, Tensor } from '../../../src/wire/index.js';
import { encodeChunk } from '../../../src/wire/index.js';
import { chunksOf, newFrameId, PlayedDevice } from './played-device.js';
import { seeded } from './split-model.js';

/** What became of one frame. */
export interface ProbeFrame {
  /** On the clock of this process. */
  readonly sentMs: number;
  /** Undefined: it was never answered. */
  readonly latencyMs: number | undefined;
  /** 'result', the code of a fault, or undefined. */
  readonly endedAs: string | undefined;
}

const UPLINK_MBPS = 500;
/** So slow are the device's own blocks that the cloud has them all. */
const BLOCK_MS = 1000;
/** What is waited for the last answers. */
const GRACE_MS = 5000;

interface OpenFrame {
  readonly sentMs: number;
  latencyMs?: number;
  endedAs?: string;
}

export class ProbeDevice {
  private readonly frames = new Map<string, OpenFrame>();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    readonly id: string,
    private readonly played: PlayedDevice,
    private readonly tensors: ReadonlyMap<string, Tensor>,
  ) {
    played.onAnswer = (head) => this.hear(head);
  }

  /** Connects an enrolled device, and waits for a plan that leaves all to the cloud. */
  static async join(port: number, id: string, secret: string): Promise<ProbeDevice> {
    const played = await PlayedDevice.connect(port, id, secret);
    const document = await played.model();
    await played.introduce(document, BLOCK_MS, UPLINK_MBPS, 'tensor');
    await played.plan(isAllCloud);
    const inputs = document.inputs.map(({ name }): [string, Tensor] => {
      const dims = document.tensors.find((tensor) => tensor.name === name)?.dims ?? [];
      return [name, seeded({ dtype: 'float32', dims })];
    });
    return new ProbeDevice(id, played, new Map(inputs));
  }

  /** Sends a frame every `periodMs`, without waiting for answers. */
  begin(everyMs: number): void {
    this.frames.clear();
    this.timer = setInterval(() => this.sendFrame(), everyMs);
  }

  /** Stops, waits for the missing answers, and returns every frame since the start. */
  async end(): Promise<ProbeFrame[]> {
    clearInterval(this.timer);
    const endMs = performance.now() + GRACE_MS;
    const isOpen = (): boolean => [...this.frames.values()].some(({ endedAs }) => !endedAs);
    while (isOpen() && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return [...this.frames.values()].map(({ sentMs, latencyMs, endedAs }) => {
      return { sentMs, latencyMs, endedAs };
    });
  }

  async leave(): Promise<void> {
    clearInterval(this.timer);
    await this.played.leave();
  }

  private sendFrame(): void {
    const plan = this.played.plans.findLast(isAllCloud);
    if (plan === undefined) return;
    const frame = newFrameId();
    this.frames.set(frame, { sentMs: performance.now() });
    for (const chunk of chunksOf(frame, plan, this.tensors, undefined, {}, plan.chunkBytes)) {
      // A lost connection shows in the frames that are not answered.
      this.played.sendPacket(encodeChunk(chunk)).catch(() => undefined);
    }
  }

  private hear(head: ResultHead): void {
    const open = this.frames.get(head.frame ?? '');
    if (open === undefined) return;
    open.latencyMs = performance.now() - open.sentMs;
    open.endedAs = head.kind === 'result' ? 'result' : head.code;
  }
}

function isAllCloud({ device, cloud }: DesiredPlan): boolean {
  return device.length === 0 && cloud.length > 0;
}
