/**
 * The offloading pipeline scheduling problem and its answer, as plain values.
 *
 * Times are milliseconds, sizes are bytes, rates are megabits per second.
 */

/** One way to send a unit's output: its size, device time to encode and cloud time to decode. */
export interface Encoding {
  readonly name: string;
  readonly bytes: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

/**
 * Smallest piece of a network that can be placed.
 *
 * Without `encodings` its output is sent as `outputBytes`, unencoded; with them it is sent in one of
 * these; with an empty list it must not leave the device. A unit without predecessors that costs
 * nothing on either side is an input: it is born on the device.
 */
export interface Unit {
  readonly id: string;
  readonly deviceMs: number;
  readonly cloudMs: number;
  readonly outputBytes: number;
  readonly encodings?: readonly Encoding[];
  /** Memory that a device needs to hold this unit; 0 when not given. */
  readonly memoryBytes?: number;
}

/** A directed acyclic graph of units; an edge [from, to] says that `to` reads the output of `from`. */
export interface Network {
  readonly units: readonly Unit[];
  readonly edges: readonly (readonly [string, string])[];
}

/** The connection of one device; `perTensorMs` is link time each tensor costs in addition to its bytes. */
export interface Link {
  readonly uplinkMbps: number;
  /** One way. */
  readonly latencyMs: number;
  readonly perTensorMs: number;
  /** Size of what the cloud sends back for one frame. */
  readonly resultBytes: number;
  readonly downlinkMbps: number;
}

/**
 * What is minimised: one frame's latency, the period of an endless stream, the end of n frames, or
 * the mean latency of frames that come at a given interval.
 */
export type Objective = 'frame' | 'stream' | 'burst' | 'paced';

/** What a plan for `frame` or `paced` must keep within, and what sending costs it. */
export interface Limits {
  /** Memory of the device for the units that it runs, by their `memoryBytes`. */
  readonly deviceMemoryBytes?: number;
  /** Max bytes that one frame sends. */
  readonly maxFrameBytes?: number;
  /** Latency in ms that each KB (1000 bytes) sent must save; 0 when not given. */
  readonly bytesPrice?: number;
}

/**
 * One question to the planner; `frames` (of a burst, or measured) and `workers` belong to all but
 * single frames, `intervalMs` and `slack` to paced frames.
 */
export interface Problem extends Limits {
  readonly network: Network;
  readonly link: Link;
  readonly objective?: Objective;
  readonly frames?: number;
  readonly workers?: number;
  /** Time from frame to frame. */
  readonly intervalMs?: number;
  /** Share of the time that stays free because times vary, of every machine or machine by machine; 0 when not given. */
  readonly slack?: number | Slacks;
  /** Whether an answer within limits on bytes says what they buy, which costs some searches; it does when not given. */
  readonly saysWorth?: boolean;
}

/** By machine, the share of its time that stays free; each from 0 to below 1. */
export interface Slacks {
  readonly device: number;
  readonly uplink: number;
  readonly cloud: number;
}

/** A problem without its network. */
export type Circumstances = Omit<Problem, 'network'>;

/** The machines a timeline can name. */
export type Lane = 'device' | 'uplink' | 'cloud' | 'downlink';

/** One machine busy with one unit; `frame` counts from 0 where there are several frames. */
export interface Bar {
  readonly lane: Lane;
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly frame?: number;
}

/** A tensor that is sent, and how; `plain` where the unit names no encodings. */
export interface Upload {
  readonly id: string;
  readonly encoding: string;
}

/** A cut and an order: units of the device in order, their uploads, units of the cloud in order. */
export interface Placement {
  readonly device: readonly string[];
  readonly uploads: readonly Upload[];
  readonly cloud: readonly string[];
}

/**
 * The planner's answer.
 *
 * `lowerBoundMs` holds for every cut and order, `gap` is makespanMs / lowerBoundMs − 1, and
 * `optimal` says that the two agree within 1e-9. For `stream` bound and gap speak of the period,
 * `makespanMs` is the worst latency of an executed frame, the placement is the commonest one and the
 * timeline shows the first frames.
 * For `burst` the placement is the first frame's.
 * For `paced` bound and gap speak of the mean latency, or of the interval where the given one cannot
 * be sustained; the rest is as for `stream`. With a price on bytes they speak of the latency and the
 * price of what is sent together.
 */
export interface Schedule extends Placement {
  readonly strategy: string;
  readonly objective: Objective;
  readonly optimal: boolean;
  readonly makespanMs: number;
  readonly lowerBoundMs: number;
  readonly gap: number;
  readonly timeline: readonly Bar[];
  /** Only for `stream`. */
  readonly stream?: StreamAnswer;
  /** Only for `paced`. */
  readonly paced?: PacedAnswer;
  /** Only where bytes have a price or a maximum. */
  readonly bytes?: BytesAnswer;
  /** Only for `burst`: what each frame does; the timeline shows how they interleave. */
  readonly frames?: readonly Placement[];
}

/** A placement that a share of the frames follows. */
export interface WeightedPlacement extends Placement {
  readonly weight: number;
}

/** How an endless stream is served: the best mix of cuts, and a pattern of whole frames as it ran. */
export interface StreamAnswer {
  /** Time from frame to frame that the mix can sustain. */
  readonly periodMs: number;
  readonly mix: readonly WeightedPlacement[];
  readonly executed: StreamExecution;
}

/** How frames that come at an interval are served: by one cut where one can, else by a pattern of cuts. */
export interface PacedAnswer {
  /** The interval of the question. */
  readonly intervalMs: number;
  /** Whether each machine's mean load of a frame is within intervalMs · (1 − its slack). */
  readonly isSustained: boolean;
  /** The interval at which the frames were executed: the given one, or the least that was found. */
  readonly sustainedMs: number;
  /** Mean load of a frame on each machine; of the cloud, the load of one worker. */
  readonly loadsMs: { readonly device: number; readonly uplink: number; readonly cloud: number };
  readonly executed: StreamExecution;
}

/**
 * What sending bytes buys: the slopes of the best latency as a function of the bytes of a frame, over
 * all one-cut plans within the other limits (its lower convex hull), at this plan. Without slopes
 * where frames follow different cuts.
 */
export interface BytesAnswer {
  /** Mean bytes of a frame. */
  readonly frameBytes: number;
  /** Mean latency and price of the bytes, in ms: what was minimised. */
  readonly costMs: number;
  /** Latency that each megabyte sent saves, against the next plan that sends less; null when none was found that does. */
  readonly savedMsPerMegabyte?: number | null;
  /** Latency that each further megabyte would save, in the next plan that sends more; null when none was found that would. */
  readonly furtherMsPerMegabyte?: number | null;
}

/** A repeated pattern of cuts run by the simulator, a frame each period of the pattern. */
export interface StreamExecution {
  /** Frames measured, whole repetitions, after three times as many that are not. */
  readonly frames: number;
  /** How much later these frames end than as many before them, on average and per frame. */
  readonly periodMs: number;
  /** What starting with idle machines costs once: n frames end after n · periodMs + fillMs. */
  readonly fillMs: number;
  readonly meanLatencyMs: number;
  readonly worstLatencyMs: number;
  readonly cuts: readonly Placement[];
  /** For every frame of one repetition, the place of its cut in `cuts`. */
  readonly pattern: readonly number[];
}

/** One point of the front of rate against latency: the plan of least mean latency at an interval. */
export interface FrontPoint {
  readonly intervalMs: number;
  readonly meanLatencyMs: number;
  readonly worstLatencyMs: number;
  /** Mean bytes of a frame. */
  readonly frameBytes: number;
  /** The cuts of one repetition; a single one where one cut serves all frames. */
  readonly cuts: readonly Placement[];
  readonly pattern: readonly number[];
}

/** The front from the cut of least latency to the highest rate, by falling interval. */
export type Front =
  | { readonly kind: 'feasible'; readonly points: readonly FrontPoint[] }
  | { readonly kind: 'infeasible'; readonly because: string };

/** A schedule, or the reason why there is none. */
export type Outcome =
  | { readonly kind: 'feasible'; readonly schedule: Schedule }
  | { readonly kind: 'infeasible'; readonly because: string };
