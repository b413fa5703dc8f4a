/** One frame under assembly, and what it becomes. */
import type { EncodedTensor } from '../tail-process/tail.js';
import type { FrameRules } from './frame-rules.js';
import type { TensorBuffer } from './tensor-buffer.js';

export interface CompleteFrame {
  readonly device: string;
  readonly frame: string;
  readonly tensors: readonly EncodedTensor[];
  /** When the device stops waiting, on the clock of the assembly. */
  readonly expiresAtMs: number;
  /** Gives the frame's bytes back to the budget; to be called once, when the frame is answered. */
  readonly release: () => void;
}

export class OpenFrame {
  readonly tensors: (TensorBuffer | undefined)[];
  expiresAtMs = Number.POSITIVE_INFINITY;
  /** Bytes taken from the budget. */
  bytes = 0;

  constructor(
    readonly device: string,
    readonly frame: string,
    readonly rules: FrameRules,
  ) {
    this.tensors = rules.tensors.map(() => undefined);
  }

  get isComplete(): boolean {
    return this.tensors.every((tensor) => tensor?.isComplete === true);
  }

  /** The tensors that are all here. */
  get completeTensors(): EncodedTensor[] {
    return this.tensors.flatMap((tensor) => (tensor?.isComplete ? [of(tensor)] : []));
  }

  /** What has not come, for a message. */
  missingText(): string {
    return this.tensors
      .map((tensor, i) =>
        tensor === undefined ? `all of ${this.rules.tensors[i]?.name}` : tensor.missingText(),
      )
      .filter((text) => text !== '')
      .join('; ');
  }

  completed(release: () => void): CompleteFrame {
    const { device, frame, expiresAtMs } = this;
    return { device, frame, tensors: this.completeTensors, expiresAtMs, release };
  }
}

function of({ rule, head, data }: TensorBuffer): EncodedTensor {
  const { name, dtype, dims, image } = rule;
  return { name, dtype, dims, ...head, data, ...(image === undefined ? {} : { image }) };
}
