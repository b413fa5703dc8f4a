/** What a Pi and the cloud must agree on, byte by byte. */
export * from './chunk.js';
export { type Codec, type Envelope, issueText, utf8 } from './codec.js';
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
export * from './manifest.js';
export * from './messages.js';
export { numberAt, numbersOf } from './numbers.js';
export * from './picture.js';
export * from './plan-cuts.js';
export * from './plan-table.js';
export * from './recent-times.js';
export * from './tensor.js';
export * from './tensor-codec.js';
