/**
 * What frames cost in addition to their blocks and bytes: measured from what they show, nothing of it assumed for longer than a few
 * frames. Medians of the latest frames, so that single odd ones mean nothing.
 */
import {
  type Prediction,
  RESULT_SAMPLE_MS,
  RecentTimes,
  type StageTimes,
} from '../../wire/index.js';

/** All in ms. The device measures the first two, tail processes `tailMs`; frames show the others by their deviation from the prediction. */
export interface Overheads {
  /** On the device, for every block: handing it over and its outputs back. */
  readonly handOverMs: number;
  /** On the device, for every frame: its beginning and its end. */
  readonly frameMs: number;
  /** On the device, for every tensor that is encoded with loss, in addition to its bytes. */
  readonly encodeMs: number;
  /** On the link, for every tensor: chunks' headers and acknowledgements beyond one packet's. */
  readonly tensorMs: number;
  /** In the cloud, for every frame: to a tail process and back. */
  readonly tailMs: number;
  /** In the cloud, for every frame: waiting for a tail process; the same for all devices of a model. */
  readonly queueMs: number;
  /** On the way back, for every result in addition to its bytes; what was measured of small ones may be less than their bytes. */
  readonly resultMs: number;
  readonly downlinkMsPerByte: number;
}

/** 20 Mbps down and nothing else, until frames show more. */
export const NO_OVERHEADS: Overheads = {
  ...{ handOverMs: 0, frameMs: 0, encodeMs: 0, tensorMs: 0, tailMs: 0, queueMs: 0, resultMs: 0 },
  downlinkMsPerByte: 8 / (1000 * 20),
};

/** A frame whose cloud part ran as planned. */
export interface CloudFrame {
  readonly measured: StageTimes;
  readonly predicted: Prediction;
  /** Those it was predicted with. */
  readonly overheads: Overheads;
  readonly tensors: number;
  /** Of them those that were encoded with loss. */
  readonly lossyTensors: number;
  readonly resultBytes: number;
  /** What the device measured of its downlink before the frame; absent: nothing. */
  readonly downlinkMsPerByte?: number | undefined;
}

/** Smaller results show what a result costs, larger ones the rate. */
const SMALL_BYTES = 8 * 1024;
/** More than this in addition to its bytes is not due to the tensor. */
const MAX_TENSOR_MS = 10;
const FASTEST_MS_PER_BYTE = 8e-6;
/** Overheads are published again when one has moved by this much. */
const NOTABLE_MS = 0.1;
const NOTABLE_SHARE = 0.05;

/** What frames showed. */
class Shown {
  readonly encode = new RecentTimes(NO_OVERHEADS.encodeMs);
  readonly tensor = new RecentTimes(NO_OVERHEADS.tensorMs);
  readonly tail = new RecentTimes(NO_OVERHEADS.tailMs);
  /** What small results took, and how long the newest of them was. */
  smallResult = new RecentTimes();
  smallBytes = 0;
  downlink = new RecentTimes(NO_OVERHEADS.downlinkMsPerByte);

  forgetDownlink(): void {
    this.smallResult = new RecentTimes();
    this.downlink = new RecentTimes(NO_OVERHEADS.downlinkMsPerByte);
  }

  get resultMs(): number {
    if (this.smallResult.count === 0) return NO_OVERHEADS.resultMs;
    return this.smallResult.medianMs - this.smallBytes * this.downlink.medianMs;
  }
}

export class OverheadEstimates {
  /** Another object whenever one of them moved notably. */
  overheads: Overheads = NO_OVERHEADS;
  /** Made for the first frame: most devices of a fleet send none. */
  private made: Shown | undefined;
  private isDownlinkMeasured = false;

  /** What the device measured itself. */
  learnDevice(own: Pick<Overheads, 'handOverMs' | 'frameMs'>): void {
    this.publish({ ...this.overheads, ...own });
  }

  /**
   * The device measures its downlink. A slow result is then due to a link that the device reports, and must not outlast the report: on
   * a downlink that is unknown again, frames should be tried again.
   */
  downlinkIsMeasured(): void {
    if (this.isDownlinkMeasured) return;
    this.isDownlinkMeasured = true;
    this.made?.forgetDownlink();
    const { resultMs, downlinkMsPerByte } = NO_OVERHEADS;
    this.publish({ ...this.overheads, resultMs, downlinkMsPerByte });
  }

  /** What the cloud's part of a frame took in addition to decoding and blocks. */
  learnTail(overheadMs: number): void {
    const { tail } = this.shown;
    tail.add(Math.max(0, overheadMs));
    this.publish({ ...this.overheads, tailMs: tail.medianMs });
  }

  /**
   * What encoding, uplink and downlink of a frame took compared with the prediction. An uplink of 0 ms was not measured: the answer
   * came before any acknowledgement, and its way back is unknown too.
   */
  learn(frame: CloudFrame): void {
    const { measured, predicted, overheads, tensors, lossyTensors, resultBytes } = frame;
    const { shown } = this;
    if (lossyTensors > 0) {
      const moreMs = (measured.encodeMs - predicted.encodeMs) / lossyTensors;
      shown.encode.add(Math.min(MAX_TENSOR_MS, Math.max(0, overheads.encodeMs + moreMs)));
    }
    if (measured.uplinkMs > 0) {
      if (tensors > 0) {
        const overheadMs = overheads.tensorMs + (measured.uplinkMs - predicted.uplinkMs) / tensors;
        shown.tensor.add(Math.min(MAX_TENSOR_MS, Math.max(0, overheadMs)));
      }
      const isOfLink = this.isDownlinkMeasured && measured.downlinkMs >= RESULT_SAMPLE_MS;
      if (frame.downlinkMsPerByte === undefined && !isOfLink) {
        learnDownlink(shown, measured.downlinkMs, resultBytes);
      }
    }
    this.publish({
      ...this.overheads,
      encodeMs: shown.encode.medianMs,
      tensorMs: shown.tensor.medianMs,
      resultMs: shown.resultMs,
      downlinkMsPerByte: shown.downlink.medianMs,
    });
  }

  private get shown(): Shown {
    this.made ??= new Shown();
    return this.made;
  }

  private publish(now: Overheads): void {
    const was = this.overheads;
    const isNews =
      (['handOverMs', 'frameMs', 'encodeMs', 'tensorMs', 'tailMs', 'resultMs'] as const).some(
        (one) => Math.abs(now[one] - was[one]) > Math.max(NOTABLE_MS, NOTABLE_SHARE * was[one]),
      ) || Math.abs(now.downlinkMsPerByte / was.downlinkMsPerByte - 1) > NOTABLE_SHARE;
    if (isNews) this.overheads = now;
  }
}

function learnDownlink(shown: Shown, tookMs: number, bytes: number): void {
  if (bytes <= SMALL_BYTES) {
    shown.smallResult.add(tookMs);
    shown.smallBytes = bytes;
  } else {
    const msPerByte = (tookMs - Math.max(0, shown.resultMs)) / bytes;
    shown.downlink.add(Math.max(FASTEST_MS_PER_BYTE, msPerByte));
  }
}
