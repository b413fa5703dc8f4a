/** Metrics counted from events: connections, messages, links and plans. */
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
  const begun = metrics.counter('flotilla_device_sessions_total', 'Device sessions begun');
  metrics.gauge('flotilla_devices_connected', 'Connected devices', () => connections.size);
  events.on('device.connected', ({ device, connection }) => {
    begun.inc();
    connections.set(device, connection);
  });
  events.on('device.disconnected', ({ device, connection }) => {
    if (connections.get(device) === connection) connections.delete(device);
  });
}

function countMessages(events: EventBus, metrics: Metrics): void {
  const messages = metrics.counter('flotilla_messages_total', 'Messages from devices', ['message']);
  const bytes = metrics.counter('flotilla_tensor_bytes_total', 'Tensor bytes received');
  for (const name of messageNames) {
    if (!isSentBy(name, 'device')) continue;
    events.on(`wire.${name}`, () => messages.inc({ message: name }));
  }
  events.on('wire.tensor', ({ payload }) => bytes.inc(payload.length));
}

function countLinks(events: EventBus, metrics: Metrics): void {
  const uplink = metrics.histogram(
    'flotilla_link_uplink_mbps',
    'Uplink estimates of devices, in megabits per second',
    [],
    MBPS,
  );
  const rtt = metrics.histogram(
    'flotilla_link_rtt_seconds',
    'Round-trip times reported by devices',
  );
  events.on('wire.telemetry', ({ payload: { link } }) => {
    if (link === null) return;
    uplink.observe(8 / link.uplinkMsPerByte / 1_000);
    rtt.observe(link.rttMs / 1_000);
  });
}

function countPlans(events: EventBus, metrics: Metrics): void {
  const assigned = metrics.counter('flotilla_plans_assigned_total', 'Plans sent to devices');
  const reported = metrics.counter('flotilla_plans_reported_total', 'Plan reports of devices', [
    'state',
  ]);
  const converged = metrics.histogram(
    'flotilla_twin_convergence_seconds',
    'Time from issuing a desired document until it is applied',
    ['twin'],
  );
  events.on('plans.converged', ({ name, convergedMs }) =>
    converged.observe({ twin: name }, convergedMs / 1_000),
  );
  events.on('plans.planAssigned', () => assigned.inc());
  events.on('plans.planReported', (event) => reported.inc({ state: event.reported.state }));
}
