/** Metrics of cameras: how many are in which state, of all devices that were connected since the start of the service. */
import type { EventBus, Metrics } from '../../platform/index.js';
import { cameraStateOf } from '../store/camera-state.js';

const METRIC_STATES = ['live', 'starting', 'failed', 'ended', 'unknown'] as const;
type MetricState = (typeof METRIC_STATES)[number];

interface Known {
  readonly connection: string;
  readonly states: readonly MetricState[];
}

/** Counts from now on. Cameras of a device that left, or has said nothing in its new session, are unknown, and not gone. */
export function countCameras(events: EventBus, metrics: Metrics): void {
  const byDevice = new Map<string, Known>();
  const forget = (device: string, connection: string): void => {
    const known = byDevice.get(device);
    if (known === undefined) return;
    byDevice.set(device, { connection, states: known.states.map(() => 'unknown' as const) });
  };
  events.on('device.connected', ({ device, connection }) => forget(device, connection));
  events.on('device.disconnected', ({ device, connection }) => {
    if (byDevice.get(device)?.connection === connection) forget(device, connection);
  });
  events.on('wire.telemetry', ({ device, connection, payload: { inputs = [] } }) => {
    if (inputs.length === 0) byDevice.delete(device);
    else byDevice.set(device, { connection, states: inputs.map(cameraStateOf) });
  });
  events.on('fleet.deviceDeleted', ({ device }) => void byDevice.delete(device));
  metrics.gauges(
    'flotilla_cameras',
    'Cameras of devices by state; unknown: the device is offline, or has not reported in this session',
    'state',
    () => {
      const counts = Object.fromEntries(METRIC_STATES.map((state) => [state, 0]));
      for (const { states } of byDevice.values()) {
        for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
      }
      return counts;
    },
  );
}
