/** What a Pi and the cloud must agree on, byte by byte. */
export * from './chunk.js';
export { type Codec, type Envelope, issueText, utf8 } from './codec.js';
export { crc32c } from './crc32c.js';
export * from './documents.js';
export * from './faults.js';
export { halfOfNumber, numberOfHalf } from './half.js';
export * from './image.js';
export * from './manifest.js';
export * from './messages.js';
export { numberAt, numbersOf } from './numbers.js';
export * from './tensor.js';
