/**
 * Several devices that share uplinks and one cloud, and how they are planned together, as plain values.
 *
 * Times are milliseconds, sizes are bytes, rates are megabits per second.
 */
import type { Link, Network, WeightedPlacement } from '../../problem/problem.js';

/** One uplink that several devices share, such as that of a site. */
export interface SharedUplink {
  readonly name: string;
  readonly mbps: number;
}

/** One device with its network, its own link and the interval at which its frames come. */
export interface SharedDevice {
  readonly name: string;
  readonly network: Network;
  readonly link: Link;
  /** Time from frame to frame. */
  readonly intervalMs: number;
  /** Name of the shared uplink that its link is a part of; none when not given. */
  readonly uplink?: string;
}

/** A question about devices that share machines. */
export interface SharedProblem {
  readonly devices: readonly SharedDevice[];
  readonly uplinks: readonly SharedUplink[];
  /** Frames that the cloud serves at a time; 1 when not given. */
  readonly workers?: number;
  /** Share of every machine's time that stays free because times vary, from 0 to below 1; 0 when not given. */
  readonly slack?: number;
}

/** A cut that a share of a device's frames follows. */
export interface SharedCutAnswer extends WeightedPlacement {
  /** Latency of a frame that waits for no other, as executed. */
  readonly aloneMs: number;
}

/** How one device serves its frames. */
export interface SharedDeviceAnswer {
  readonly name: string;
  /** The interval of the question. */
  readonly intervalMs: number;
  /** The shortest interval, not below that of the question, that the device could have without the others. */
  readonly aloneIntervalMs: number;
  /** The interval that it gets. */
  readonly plannedIntervalMs: number;
  /** plannedIntervalMs / aloneIntervalMs. */
  readonly slowdown: number;
  /** Mean latency of frames that wait for no other. Frames that wait take longer. */
  readonly latencyMs: number;
  /** Mean load of a frame on each machine: link is the device's own, cloud is the time of one worker. */
  readonly loadsMs: {
    readonly device: number;
    readonly link: number;
    readonly uplink: number;
    readonly cloud: number;
  };
  readonly mix: readonly SharedCutAnswer[];
}

/** How busy a shared machine is, and what its time is worth. */
export interface MachineAnswer {
  /** Share of its time that is used, slack included in the whole. */
  readonly load: number;
  /**
   * Latency in ms that a frame must save for each ms of the machine's time. A device that minimises
   * latency + price · time chooses among cuts as the plan for all does.
   */
  readonly price: number;
}

/** The price of a shared uplink also in the unit of a device's own question. */
export interface UplinkAnswer extends MachineAnswer {
  readonly name: string;
  /** The same price as `bytesPrice`: ms of latency that each KB (1000 bytes) must save. */
  readonly bytesPrice: number;
}

/**
 * The plan for all devices.
 *
 * Rates are max–min fair: none can be raised without lowering one that is slowed down as much or
 * more. At these rates the sum of the frames' serial time is least: device, link, cloud and the way
 * there and back, one after the other.
 */
export interface SharedAnswer {
  /** Whether every device gets the rate that it could have without the others. */
  readonly fits: boolean;
  /** The largest slowdown of a device; 1 where all fit. */
  readonly slowdown: number;
  /** No plan slows the device that is slowed down most by less. */
  readonly slowdownBound: number;
  /** Mean serial time over all frames of all devices. */
  readonly serialMs: number;
  /** No mix of cuts has less at these rates. */
  readonly lowerBoundMs: number;
  /** serialMs / lowerBoundMs − 1. */
  readonly gap: number;
  readonly devices: readonly SharedDeviceAnswer[];
  readonly uplinks: readonly UplinkAnswer[];
  readonly cloud: MachineAnswer;
}

/** The plan, or why there is none. */
export type SharedOutcome =
  | { readonly kind: 'feasible'; readonly answer: SharedAnswer }
  | { readonly kind: 'infeasible'; readonly because: string };
