/** What a Pi and the cloud must agree on, byte by byte. */
export { ByteBudget } from './adapt/byte-budget.js';
export { LinkEstimator, type Transfer as LinkTransfer } from './adapt/link-estimator.js';
export { type Forecast, LinkForecast, type Scenario } from './adapt/link-forecast.js';
export * from './adapt/local-finish.js';
export { OfflineLadder } from './adapt/offline-ladder.js';
export * from './adapt/probe-rhythm.js';
export * from './adapt/row-choice.js';
export * from './adapt/row-times.js';
export * from './chunk.js';
export { type Codec, type Envelope, issueText, utf8 } from './codec.js';
export * from './command-documents.js';
export { crc32c } from './crc32c.js';
export * from './desired-documents.js';
export * from './device-documents.js';
export * from './drift-watch.js';
export * from './encoding.js';
export * from './faults.js';
export {
  deviceId,
  digest,
  frameId,
  type LinkEstimate,
  linkEstimate,
  ms,
  type Prediction,
  prediction,
  type StageTimes,
  stageNames,
  stageTimes,
} from './fields.js';
export * from './frame-documents.js';
export { halfOfNumber, numberOfHalf } from './half.js';
export * from './image.js';
export * from './link-class.js';
export * from './manifest.js';
export * from './messages.js';
export { numberAt, numbersOf } from './numbers.js';
export * from './picture.js';
export * from './plan-cuts.js';
export * from './recent-times.js';
export { seededRandom } from './seeded-random.js';
export * from './tensor.js';
export * from './tensor-codec.js';
