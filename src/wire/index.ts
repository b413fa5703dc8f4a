/** The wire format and the rules that agent and service share. */
export { ByteBudget } from './adapt/byte-budget.js';
export * from './adapt/drift-watch.js';
export * from './adapt/link-class.js';
export { LinkEstimator, type Transfer as LinkTransfer } from './adapt/link-estimator.js';
export { type Forecast, LinkForecast, type Scenario } from './adapt/link-forecast.js';
export * from './adapt/local-finish.js';
export { OfflineLadder } from './adapt/offline-ladder.js';
export * from './adapt/probe-rhythm.js';
export * from './adapt/recent-times.js';
export * from './adapt/row-choice.js';
export { bytesOf, priceOfRow, type RowAim } from './adapt/row-costs.js';
export * from './adapt/row-times.js';
export { type Codec, type Envelope, issueText, utf8 } from './documents/codec.js';
export * from './documents/command-documents.js';
export * from './documents/desired-documents.js';
export * from './documents/device-documents.js';
export * from './documents/frame-documents.js';
export * from './documents/messages.js';
export * from './documents/plan-cuts.js';
export * from './documents/seal.js';
export * from './documents/withheld-tensors.js';
export * from './faults.js';
export {
  bytesPrice,
  type DeadlineGoal,
  deadlineGoal,
  deviceId,
  digest,
  frameId,
  frameInterval,
  type LinkEstimate,
  linkAtStart,
  linkEstimate,
  ms,
  type Prediction,
  prediction,
  type StageTimes,
  stageNames,
  stageTimes,
} from './fields.js';
export * from './file-errors.js';
export { type FrameKey, frameKey } from './frame-key.js';
export {
  type DownlinkEstimator,
  RESULT_PACKET_BYTES,
  RESULT_SAMPLE_MS,
} from './links/downlink-estimator.js';
export { ceilShare, nearestRank, percentileOf } from './nearest-rank.js';
export * from './pictures/image.js';
export * from './pictures/manifest.js';
export * from './pictures/picture.js';
export { clamp, numberNotes, type Outside, type Range, ranges, withinRanges } from './ranges.js';
export { seededRandom } from './seeded-random.js';
export * from './tensors/chunk.js';
export { crc32c } from './tensors/crc32c.js';
export * from './tensors/encoding.js';
export { halfOfNumber, numberOfHalf } from './tensors/half.js';
export { numberAt, numbersOf, setNumberAt, tensorOfNumbers } from './tensors/numbers.js';
export * from './tensors/tensor.js';
export * from './tensors/tensor-codec.js';
