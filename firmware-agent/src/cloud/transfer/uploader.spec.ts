import { describe, expect, it } from 'vitest';
import { type Chunk, decodeChunk } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import { Uploader } from './uploader.js';

/** A way to the broker whose acknowledgements the test gives. */
class Wire {
  readonly sent: Chunk[] = [];
  private readonly waiting: { resolve(): void; reject(error: Error): void }[] = [];

  send = (packet: Uint8Array): Promise<void> => {
    this.sent.push(decodeChunk(packet));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  };

  async acknowledge(): Promise<void> {
    this.waiting.shift()?.resolve();
    await new Promise(setImmediate);
  }

  async fail(): Promise<void> {
    this.waiting.shift()?.reject(new Error('lost'));
    await new Promise(setImmediate);
  }
}

const header = (frame: string) => ({
  ...{ frame: frame.repeat(32), model: '0'.repeat(16), planVersion: 1, deadlineMs: 100 },
});
const planned = (tensorCount: number, tensorBytes: number) => ({
  ...{ chunkBytes: 1000, tensorCount, tensorBytes },
});
const tensor = (tensorIndex: number, length: number) => ({
  ...{ tensorIndex, encoding: 'raw' as const, dtype: 'uint8' as const, dims: [length] },
  ...{ scale: 1, zeroPoint: 0 },
  bytes: new Uint8Array(length),
});

describe('Uploader', () => {
  it('keeps two chunks on their way, and more only where the link holds more', async () => {
    const narrow = new Wire();
    const upload = new Uploader(narrow.send, () => 0).open(
      header('a'),
      monotonicMs(),
      planned(1, 10_000),
    );
    upload.add(tensor(0, 10_000));
    expect(narrow.sent).toHaveLength(2);
    await narrow.acknowledge();
    expect(narrow.sent).toHaveLength(3);
    const wide = new Wire();
    new Uploader(wide.send, () => 5000)
      .open(header('a'), 0, planned(1, 10_000))
      .add(tensor(0, 10_000));
    expect(wide.sent).toHaveLength(5);
  });

  it('counts tensors that wait for the link apart from those still to be computed', async () => {
    const uploader = new Uploader(new Wire().send, () => 0);
    const upload = uploader.open(header('a'), monotonicMs(), planned(2, 9000));
    expect([uploader.unsentBytes, uploader.queuedBytes]).toEqual([9000, 0]);
    upload.add(tensor(0, 5000));
    // Two chunks are on their way.
    expect([uploader.unsentBytes, uploader.queuedBytes]).toEqual([7000, 3000]);
  });

  it('sends tensors in the order they became ready and marks the last chunk of the frame', async () => {
    const wire = new Wire();
    const upload = new Uploader(wire.send, () => 0).open(
      header('a'),
      monotonicMs(),
      planned(2, 1510),
    );
    upload.add(tensor(1, 1500));
    upload.add(tensor(0, 10));
    for (let i = 0; i < 3; i++) await wire.acknowledge();
    expect(wire.sent.map(({ tensorIndex }) => tensorIndex)).toEqual([1, 1, 0]);
    expect(wire.sent.map(({ isLastOfFrame }) => isLastOfFrame)).toEqual([false, false, true]);
    expect(upload.sentBytes).toBe(1510);
    expect(upload.lastAckAtMs).toBeGreaterThanOrEqual(upload.firstSentAtMs ?? Number.NaN);
  });

  it('sends nothing more of a frame that is given up or whose connection is lost, and goes on with the next', async () => {
    const wire = new Wire();
    const uploader = new Uploader(wire.send, () => 0);
    const [first, second] = ['a', 'b'].map((frame) =>
      uploader.open(header(frame), 0, planned(1, 5000)),
    );
    first?.add(tensor(0, 5000));
    second?.add(tensor(0, 5000));
    await wire.fail();
    await wire.acknowledge();
    expect(wire.sent.map(({ frame }) => frame[0])).toEqual(['a', 'a', 'b', 'b']);
    second?.cancel();
    await wire.acknowledge();
    await wire.acknowledge();
    expect(wire.sent).toHaveLength(4);
    expect(uploader.isIdle).toBe(true);
  });

  it('forgets what all frames have not sent yet, and sends frames that begin later', async () => {
    const wire = new Wire();
    const uploader = new Uploader(wire.send, () => 0);
    for (const frame of ['a', 'b']) {
      uploader.open(header(frame), 0, planned(1, 5000)).add(tensor(0, 5000));
    }
    uploader.dropAll();
    await wire.acknowledge();
    await wire.acknowledge();
    expect(wire.sent.map(({ frame }) => frame[0])).toEqual(['a', 'a']);
    expect([uploader.unsentBytes, uploader.queuedBytes]).toEqual([0, 0]);
    uploader.open(header('c'), 0, planned(1, 1000)).add(tensor(0, 1000));
    expect(wire.sent.at(-1)?.frame[0]).toBe('c');
  });

  it('knows how much is still to be sent, and when the link was free for a frame', async () => {
    const wire = new Wire();
    const uploader = new Uploader(wire.send, () => 0);
    let news = 0;
    uploader.onProgress = () => {
      news += 1;
    };
    const first = uploader.open(header('a'), 0, planned(1, 2000));
    const second = uploader.open(header('b'), 0, planned(2, 3000));
    expect(uploader.unsentBytes).toBe(5000);
    first.add(tensor(0, 2000));
    expect(uploader.unsentBytes).toBe(3000);
    second.add(tensor(0, 1000));
    await wire.acknowledge();
    expect(uploader.unsentBytes).toBe(2000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await wire.acknowledge();
    await wire.acknowledge();
    expect(second.firstSentAtMs).toBe(first.lastAckAtMs);
    second.cancel();
    expect(uploader.unsentBytes).toBe(0);
    expect(news).toBe(4);
  });
});
