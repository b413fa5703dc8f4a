/** The messages that end a frame: the outputs of its tail, or a fault. */
import { type Envelope, Fault, type ResultHead } from '../../wire/index.js';
import type { TailAnswer } from '../tail-process/tail.js';

export type Answer = Envelope<ResultHead>;

/** A fault as the answer to a frame, or without a frame when the chunk was unreadable. */
export function faultAnswer(fault: Fault, frame?: string): Answer {
  const { code, message, retryAfterMs } = fault;
  return {
    head: {
      v: 1,
      kind: 'fault',
      code,
      message: message.slice(0, 1000),
      ...(frame === undefined ? {} : { frame }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    body: new Uint8Array(0),
  };
}

/** The outputs of a frame, with what the cloud's stages took. */
export function resultAnswer(frame: string, { outputs, queueMs, cloudMs }: TailAnswer): Answer {
  const entries = [...outputs];
  return {
    head: {
      ...{ v: 1, kind: 'result', frame, queueMs, cloudMs },
      outputs: entries.map(([name, { dtype, dims, data }]) => ({
        ...{ name, dtype, dims: [...dims], bytes: data.length },
      })),
    },
    body: Buffer.concat(entries.map(([, { data }]) => data)),
  };
}

/** The answer to a repeated frame whose own answer is no longer kept. */
export function replayed(frame: string): Answer {
  const text = 'the frame was answered before; the answer is no longer kept';
  return faultAnswer(new Fault('FRAME_REPLAYED', text), frame);
}
