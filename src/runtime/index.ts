/** ONNX Runtime and the child processes it runs in; the only folder that loads onnxruntime-node. */
export {
  type CallOptions,
  type ChildOptions,
  ChildProcess,
  type Loss,
  spawnChild,
} from './child-process.js';
export type { Message } from './frame-pipe.js';
export { type Handler, serve } from './serve.js';
export { openSession, type Session, type SessionOptions } from './session.js';
export { packTensors, type TensorParts, unpackTensors } from './tensor-parts.js';
