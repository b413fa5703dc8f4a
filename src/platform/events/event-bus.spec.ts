import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { EventBus } from './event-bus.js';

const deleted = { device: 'pi' };

function bus() {
  const lines: string[] = [];
  return { lines, events: new EventBus(pino({}, { write: (line) => void lines.push(line) })) };
}

describe('EventBus', () => {
  it('calls every listener in order before emit returns', () => {
    const { events } = bus();
    const called: string[] = [];
    events.on('fleet.deviceDeleted', ({ device }) => void called.push(`1 ${device}`));
    events.on('fleet.deviceDeleted', ({ device }) => void called.push(`2 ${device}`));
    events.emit('fleet.deviceDeleted', deleted);
    expect(called).toEqual(['1 pi', '2 pi']);
  });

  it('does not call a removed listener', () => {
    const { events } = bus();
    let calls = 0;
    const off = events.on('fleet.deviceDeleted', () => {
      calls += 1;
    });
    events.emit('fleet.deviceDeleted', deleted);
    off();
    events.emit('fleet.deviceDeleted', deleted);
    expect(calls).toBe(1);
  });

  it('logs and counts a listener that throws or rejects, and still calls the others', async () => {
    const { events, lines } = bus();
    let isReached = false;
    events.on('fleet.deviceDeleted', () => {
      throw new Error('thrown');
    });
    events.on('fleet.deviceDeleted', async () => {
      throw new Error('rejected');
    });
    events.on('fleet.deviceDeleted', () => {
      isReached = true;
    });
    events.emit('fleet.deviceDeleted', deleted);
    await new Promise(setImmediate);
    expect(isReached).toBe(true);
    expect(events.failedListeners).toBe(2);
    expect(lines.join()).toMatch(/thrown.*rejected/s);
  });
});
