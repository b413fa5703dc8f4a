/**
 * What a frame was to cost by what was known when it began. Only planning can say, which stands above the history: it gives its
 * answer here once, as a function. Until then, and where that knows nothing, the record's own prediction counts: its plan's.
 */
import { Injectable } from '@nestjs/common';
import type { FrameRecord, Prediction } from '../../wire/index.js';

/** The prediction of a device's frame; undefined when nothing better is known than its plan's. */
export type PredictFrame = (device: string, record: FrameRecord) => Prediction | undefined;

@Injectable()
export class FramePredictor {
  private predict: PredictFrame = () => undefined;

  use(predict: PredictFrame): void {
    this.predict = predict;
  }

  predicted(device: string, record: FrameRecord): Prediction | undefined {
    return this.predict(device, record);
  }
}
