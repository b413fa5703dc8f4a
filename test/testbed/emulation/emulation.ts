/** How a Pi and its link are emulated: one contract, so that the grid does not know which means this machine has. */
import type { LinkSettings } from '../../support/mqtt/link-shaper.js';
import type { LineListener, Running, Service } from '../../support/processes/processes.js';

/** An emulated Pi that runs the built agent. */
export interface EmulatedDevice {
  readonly agent: Running;
  /** Changes the link from the next packet on; 'open' takes every limit off, so that models load quickly. */
  setLink(link: LinkSettings | 'open'): Promise<void>;
  /** Changes the rate of the uplink alone; at 0 nothing passes either way, without a signal to either side. */
  setUplink(mbps: number): Promise<void>;
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

/** What the usual slow-down stands for. */
export const slowdownText =
  'For scale: ×12 makes a core of the machine of docs/results.md about a Raspberry Pi 3 B+ with four threads (docs/testbed.md has the published figures).';
