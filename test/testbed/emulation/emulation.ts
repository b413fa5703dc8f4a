/** How a Pi and its link are emulated: one contract, so that the grid does not know which means this machine has. */
import type { LinkSettings } from '../../support/link-shaper.js';
import type { LineListener, Running, Service } from '../../support/processes.js';

/** An emulated Pi that runs the built agent. */
export interface EmulatedDevice {
  readonly agent: Running;
  /** Changes the link from the next packet on; 'open' takes every limit off, so that models load quickly. */
  setLink(link: LinkSettings | 'open'): Promise<void>;
  stop(): Promise<void>;
}

export interface DeviceOptions {
  readonly id: string;
  readonly secret: string;
  /** The agent's data folder. */
  readonly data: string;
  readonly args: readonly string[];
  readonly onLine?: LineListener;
}

export interface Emulation {
  /** The address the service is to listen on, so that devices reach it. */
  readonly host: string;
  /** What stands for the link and what for the processor, as a sentence each. */
  readonly about: readonly string[];
  start(service: Service, options: DeviceOptions): Promise<EmulatedDevice>;
  /** Removes all that was made. */
  end(): Promise<void>;
}

/** `--slowdown` and the thread of an agent whose processor is emulated by sleeping. */
export function slowedArgs(slowdown: number): string[] {
  return ['--slowdown', `${slowdown}`, '--threads', '1'];
}

/** The usual slow-down and what it stands for; figures of ncnn are published in its benchmark/README.md. */
export const slowdownText =
  'On one core of the machine of docs/results.md MobileNetV2 takes about 10 ms and SqueezeNet 10 ms, so ×12 is a Raspberry Pi 3 B+ with all four ' +
  'cores busy, for which ncnn publishes 112 to 195 ms and 85 to 109 ms (github.com/Tencent/ncnn, benchmark/README.md; Pi 4: 62 to 76 and 47 to 59 ms).';
