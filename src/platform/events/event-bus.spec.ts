/** The event bus: in order, at once, and unharmed by listeners that fail. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { EventBus } from './event-bus.js';

const deleted = { device: 'pi' };

function bus() {
  const lines: string[] = [];
  return { lines, events: new EventBus(pino({}, { write: (line) => void lines.push(line) })) };
}

describe('the event bus', () => {
  it('calls every listener in order before emit returns', () => {
    const { events } = bus();
    const heard: string[] = [];
    events.on('fleet.deviceDeleted', ({ device }) => void heard.push(`1 ${device}`));
    events.on('fleet.deviceDeleted', ({ device }) => void heard.push(`2 ${device}`));
    events.emit('fleet.deviceDeleted', deleted);
    expect(heard).toEqual(['1 pi', '2 pi']);
  });

  it('stops calling a listener that was taken off', () => {
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
