import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import { EventBus, Metrics } from '../../platform/index.js';
import type { InputFigures } from '../../wire/index.js';
import { countCameras } from './camera-metrics.js';

let events: EventBus;
let metrics: Metrics;
beforeEach(() => {
  events = new EventBus(pino({ level: 'silent' }));
  metrics = new Metrics();
  countCameras(events, metrics);
});

const camera = (state: InputFigures['state'], fault?: string): InputFigures => ({
  ...{ name: 'camera', state, dropped: 0, restarts: 0, ...(fault !== undefined && { fault }) },
});

function report(device: string, connection: string, inputs?: InputFigures[]): void {
  const { inputs: _, ...telemetry } = wireSamples.telemetry;
  const payload = { ...telemetry, ...(inputs !== undefined && { inputs }) };
  events.emit('wire.telemetry', { device, connection, payload });
}

async function counts(): Promise<Record<string, number>> {
  const lines = (await metrics.text()).matchAll(/^flotilla_cameras\{state="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, state = '', count]) => [state, Number(count)]));
}

describe('cameras in the metrics', () => {
  const none = { live: 0, starting: 0, failed: 0, ended: 0, unknown: 0 };

  it('are counted by state, those of agents that say nothing not at all', async () => {
    expect(await counts()).toEqual(none);
    report('a', '1', [camera('live'), camera('starting', 'no picture')]);
    report('b', '2', [camera('live')]);
    report('c', '3');
    report('d', '4', []);
    expect(await counts()).toEqual({ ...none, live: 2, failed: 1 });
  });

  it('are unknown, not live and not gone, once the device has left, until it reports again', async () => {
    report('a', '1', [camera('live'), camera('live')]);
    events.emit('device.disconnected', { device: 'a', connection: '1', reason: 'gone' });
    expect(await counts()).toEqual({ ...none, unknown: 2 });
    events.emit('device.connected', { device: 'a', connection: '2', address: '127.0.0.1' });
    expect(await counts()).toEqual({ ...none, unknown: 2 });
    report('a', '2', [camera('live'), camera('live')]);
    // The late end of the session before.
    events.emit('device.disconnected', { device: 'a', connection: '1', reason: 'replaced' });
    expect(await counts()).toEqual({ ...none, live: 2 });
    events.emit('fleet.deviceDeleted', { device: 'a' });
    expect(await counts()).toEqual(none);
  });
});
