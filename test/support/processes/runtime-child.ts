/** A child process for the tests of runtime: on request it echoes, runs networks, allocates memory or never answers. */
import {
  openSession,
  packTensors,
  serve,
  type TensorParts,
  unpackTensors,
} from '../../../src/runtime/index.js';
import { Fault } from '../../../src/wire/index.js';

const hoard: Buffer[] = [];

await serve({
  echo: (message) => message,
  environment: () => ({ head: process.env, buffers: [] }),
  count: ({ head }, progress) => {
    for (let i = 1; i <= Number(head); i++) progress(i);
    return { head: 'done', buffers: [] };
  },
  refuse: () => {
    throw new Fault('MODEL_REFUSED', 'not this one');
  },
  exit: ({ head }) => process.exit(Number(head)),
  hang: () => {
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  },
  hoard: ({ head }) => {
    for (let i = 0; i < Number(head); i++) hoard.push(Buffer.alloc(1 << 20, 1));
    return { head: hoard.length, buffers: [] };
  },
  run: async ({ head, buffers }) => {
    const [model = new Uint8Array(), ...tensors] = buffers;
    const session = await openSession(model);
    const outputs = packTensors(await session.run(unpackTensors(head as TensorParts, tensors)));
    await session.release();
    return { head: outputs.parts, buffers: outputs.buffers };
  },
});
