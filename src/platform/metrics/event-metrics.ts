/** Figures that the events of the service tell: who is connected, what is sent, over which links, under which plans. */
import { isSentBy, messageNames } from '../../wire/index.js';
import type { EventBus } from '../events/event-bus.js';
import type { Metrics } from './metrics.js';

const MBPS = [0.1, 0.3, 1, 3, 6, 12, 25, 60, 120, 300, 1_000];

/** Counts every event from now on. */
export function countEvents(events: EventBus, metrics: Metrics): void {
  countSessions(events, metrics);
  countMessages(events, metrics);
  countLinks(events, metrics);
  countPlans(events, metrics);
}

function countSessions(events: EventBus, metrics: Metrics): void {
  const connections = new Map<string, string>();
  const begun = metrics.counter('flotilla_device_sessions_total', 'Sessions of devices begun');
  metrics.gauge(
    'flotilla_devices_connected',
    'Devices that are connected now',
    () => connections.size,
  );
  events.on('device.connected', ({ device, connection }) => {
    begun.inc();
    connections.set(device, connection);
  });
  events.on('device.disconnected', ({ device, connection }) => {
    if (connections.get(device) === connection) connections.delete(device);
  });
}

function countMessages(events: EventBus, metrics: Metrics): void {
  const messages = metrics.counter('flotilla_messages_total', 'Messages of devices', ['message']);
  const bytes = metrics.counter('flotilla_tensor_bytes_total', 'Bytes of tensors received');
  for (const name of messageNames) {
    if (!isSentBy(name, 'device')) continue;
    events.on(`wire.${name}`, () => messages.inc({ message: name }));
  }
  events.on('wire.tensor', ({ payload }) => bytes.inc(payload.length));
}

function countLinks(events: EventBus, metrics: Metrics): void {
  const uplink = metrics.histogram(
    'flotilla_link_uplink_mbps',
    'Uplink estimates that devices told, in megabits a second',
    [],
    MBPS,
  );
  const rtt = metrics.histogram('flotilla_link_rtt_seconds', 'Round trips that devices told');
  events.on('wire.telemetry', ({ payload: { link } }) => {
    if (link === null) return;
    uplink.observe(8 / link.uplinkMsPerByte / 1_000);
    rtt.observe(link.rttMs / 1_000);
  });
}

function countPlans(events: EventBus, metrics: Metrics): void {
  const assigned = metrics.counter('flotilla_plans_assigned_total', 'Plans handed to devices');
  const reported = metrics.counter('flotilla_plans_reported_total', 'Answers of devices to plans', [
    'state',
  ]);
  const converged = metrics.histogram(
    'flotilla_twin_convergence_seconds',
    'From issuing a desired document to its being applied',
    ['twin'],
  );
  events.on('plans.converged', ({ name, convergedMs }) =>
    converged.observe({ twin: name }, convergedMs / 1_000),
  );
  events.on('plans.planAssigned', () => assigned.inc());
  events.on('plans.planReported', (event) => reported.inc({ state: event.reported.state }));
}
