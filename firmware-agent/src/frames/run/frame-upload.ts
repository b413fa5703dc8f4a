/** Uploads of one frame: sends each tensor of its plan as soon as it is ready, in the plan's encoding. */
import {
  type Encoded,
  type Encoding,
  type FramePlan,
  isEncodedLength,
  isLossy,
  type Tensor,
  type TensorType,
  unscaled,
} from '../../../../src/wire/index.js';
import type { FrameHeader } from '../../cloud/transfer/chunker.js';
import type { Upload, Uploader, UploadTimes } from '../../cloud/transfer/uploader.js';
import type { PreparedInput } from '../../inputs/frame-input.js';
import type { ComputeFrame } from './compute-frame.js';

/** Sources of a frame's tensors: inputs, those that left the compute thread, and those in it. */
export interface TensorsOfFrame {
  readonly inputs: readonly PreparedInput[];
  readonly tensors: { get(name: string): Tensor | undefined };
  readonly computed: ComputeFrame;
}

export class FrameUpload {
  readonly upload: Upload;

  constructor(
    private readonly plan: FramePlan,
    uploader: Uploader,
    { startedMs, ...header }: Omit<FrameHeader, 'planVersion'> & { readonly startedMs: number },
    private readonly from: TensorsOfFrame,
  ) {
    const { version: planVersion, chunkBytes, uploads } = plan;
    this.upload = uploader.open({ ...header, planVersion }, startedMs, {
      chunkBytes,
      tensorCount: uploads.length,
      tensorBytes: uploads.reduce((sum, { bytes }) => sum + bytes, 0),
    });
  }

  get times(): UploadTimes {
    return this.upload;
  }

  /** Hands over the tensors that just became ready, as long as they are wanted. */
  async send(ready: ReadonlySet<string>, isWanted: () => boolean): Promise<void> {
    const { uploads, firstTensor } = this.plan;
    for (const [i, { tensor, encoding }] of uploads.entries()) {
      if (!isWanted() || !ready.has(tensor)) continue;
      const encoded = isLossy(encoding)
        ? await this.from.computed.encode(tensor, encoding)
        : this.asItIs(tensor, encoding);
      // The frame may have got its fault while the tensor was encoded.
      if (encoded === undefined || !isWanted()) continue;
      this.upload.add({ ...encoded, tensorIndex: firstTensor + i });
    }
  }

  /** Sends nothing more of this frame. */
  cancel(): void {
    this.upload.cancel();
  }

  /** As file or pixels where the plan says so and the source was such; otherwise as they are. */
  private asItIs(name: string, encoding: Encoding): (Encoded & TensorType) | undefined {
    const tensor = this.from.tensors.get(name);
    if (tensor === undefined) return undefined;
    const { dtype, dims, data } = tensor;
    const { pixels, jpeg } = this.from.inputs.find((input) => input.name === name) ?? {};
    if (encoding === 'jpeg' && jpeg && isEncodedLength(encoding, tensor, jpeg.length)) {
      return { dtype, dims, ...unscaled(encoding, jpeg) };
    }
    return encoding !== 'raw' && pixels !== undefined
      ? { dtype, dims, ...unscaled('pixels', pixels) }
      : { dtype, dims, ...unscaled('raw', data) };
  }
}
