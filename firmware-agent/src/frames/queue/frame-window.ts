/**
 * How many frames may be in flight, and when the next one begins: as late as keeps device and link busy. One that began
 * sooner would only wait, in memory, with its clock running; and of a camera a newer picture could have had its place.
 */

export interface WindowLimits {
  readonly frames: number;
  /** Memory of the tensors of all frames in flight; one frame is always let in. */
  readonly bytes: number;
}

/** What a frame takes as long as it is in flight. */
export interface FrameDemand {
  /** Whether the device computes for it before it is sent. */
  readonly needsDevice: boolean;
  /** Memory for its tensors. */
  readonly heldBytes: number;
  readonly sentBytes: number;
  /** Most bytes the cloud takes of all frames that wait for its answer. */
  readonly creditBytes: number;
}

/** A frame's place in the window. */
export interface Place {
  /** The device is free for the next frame, or as good as. */
  leaveDevice(): void;
  /** The frame is over. */
  leave(): void;
}

export class FrameWindow {
  private readonly inFlight = new Set<FrameDemand>();
  /** The newest frame that needs the device, until it leaves it. */
  private newest: FrameDemand | undefined;

  constructor(
    private readonly limits: WindowLimits,
    /** Called when there may be room that was not there before. */
    private readonly onRoom: () => void,
  ) {}

  get size(): number {
    return this.inFlight.size;
  }

  /** Whether a frame may begin now. */
  hasRoom(demand: FrameDemand): boolean {
    if (this.inFlight.size === 0) return true;
    const sum = (of: (one: FrameDemand) => number): number =>
      [...this.inFlight].reduce((total, one) => total + of(one), of(demand));
    return (
      (this.newest === undefined || !demand.needsDevice) &&
      this.inFlight.size < this.limits.frames &&
      sum(({ heldBytes }) => heldBytes) <= this.limits.bytes &&
      sum(({ sentBytes }) => sentBytes) <= demand.creditBytes
    );
  }

  /** Lets a frame in. */
  enter(entering: FrameDemand): Place {
    const demand = { ...entering };
    this.inFlight.add(demand);
    if (demand.needsDevice) this.newest = demand;
    const leaveDevice = (): void => {
      if (this.newest !== demand) return;
      this.newest = undefined;
      this.onRoom();
    };
    const leave = (): void => {
      this.inFlight.delete(demand);
      if (this.newest === demand) this.newest = undefined;
      this.onRoom();
    };
    return { leaveDevice, leave };
  }
}
