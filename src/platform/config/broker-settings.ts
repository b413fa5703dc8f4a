/**
 * Settings of the broker: limits per client, per device and in total.
 *
 * docs/protocol.md lists the limits for authors of agents; decision 60 explains the figures.
 */
import { amount, KIB, MIB } from './setting-kinds.js';

/** A timer set for longer than 24.8 days fires at once. */
const MAX_MS = 86_400_000;

const milliseconds = (description: string, minimum: number, value: number) =>
  amount(description, { unit: 'ms', minimum, maximum: MAX_MS, default: value });

const count = (description: string, unit: string, value: number, minimum = 1) =>
  amount(description, { unit, minimum, default: value });

export const brokerSettings = {
  maxConnections: count(
    'Maximum MQTT connections; further ones are closed.',
    'connections',
    10_000,
  ),
  maxAddressConnections: count(
    'Maximum MQTT connections per client address (IPv6: per /64 network); a site may share one.',
    'connections',
    2500,
  ),
  connectsPerS: count(
    'Maximum new MQTT connections per second. While the event loop is late, fewer begin: a twenty-fifth at least. Further ones wait.',
    'connections/s',
    500,
  ),
  addressConnectsPerS: count(
    'New MQTT connections per second and client address; bursts of twice that.',
    'connections/s',
    50,
  ),
  connectWaitMs: milliseconds(
    'Maximum wait of a new connection; one that would wait longer is closed.',
    0,
    7000,
  ),
  connectTimeoutMs: milliseconds('Maximum time until a CONNECT is complete.', 100, 8000),
  authenticateTimeoutMs: milliseconds('Maximum time for the check of a credential.', 100, 5000),
  strangerPacketBytes: count(
    'Maximum size of an MQTT packet before authentication.',
    'bytes',
    4 * KIB,
    512,
  ),
  strangerBytes: count(
    'Maximum bytes of a connection before authentication.',
    'bytes',
    16 * KIB,
    512,
  ),
  loginFailuresPerMinute: count(
    'Failed logins per minute of one device id from one address; further ones are rejected.',
    'logins/min',
    10,
  ),
  addressLoginFailuresPerMinute: count(
    'Failed logins per minute of one address; bursts of three times that.',
    'logins/min',
    60,
  ),
  sessionsPerMinute: count(
    'Sessions per minute and device; bursts of twice that. A device that reconnects more often is banned.',
    'sessions/min',
    20,
  ),
  flappingBanMs: milliseconds(
    'Duration of the ban of a device that reconnects too often.',
    0,
    60_000,
  ),
  packetLimitBytes: amount('Maximum size of an MQTT packet of an authenticated device.', {
    unit: 'bytes',
    minimum: 16 * KIB,
    maximum: 256 * MIB,
    default: MIB,
  }),
  topicLevels: amount('Maximum levels of a topic.', {
    unit: 'levels',
    minimum: 7,
    maximum: 100,
    default: 12,
  }),
  filtersPerPacket: count(
    'Maximum topic filters of one SUBSCRIBE or UNSUBSCRIBE; a device that sends more is disconnected.',
    'filters',
    32,
    5,
  ),
  filterPacketBytes: count(
    'Maximum size of a SUBSCRIBE or UNSUBSCRIBE; a device that sends more is disconnected.',
    'bytes',
    8 * KIB,
    KIB,
  ),
  deviceMessagesPerS: count(
    'Sustained MQTT packets, topic filters and WebSocket control frames per second and device; bursts of twice that. Above it, the device is slowed down.',
    'packets/s',
    1000,
    10,
  ),
  deviceBytesPerS: count(
    'Sustained bytes per second and device; those of JSON count eightfold. Above it, the device is slowed down.',
    'bytes/s',
    32 * MIB,
    64 * KIB,
  ),
  floodMs: milliseconds(
    'A device that exceeds its packet rate for this long is disconnected.',
    100,
    10_000,
  ),
  malformedPerMinute: count(
    'Malformed messages per minute and device; a device that sends more is disconnected.',
    'messages/min',
    20,
  ),
  exactlyOnceInFlight: count('Maximum incomplete QoS 2 publishes per device.', 'messages', 50),
  keepAliveLimitS: amount(
    'Maximum keep-alive of a device; a CONNECT without keep-alive is rejected.',
    {
      unit: 's',
      minimum: 1,
      maximum: 65_535,
      default: 1200,
    },
  ),
  stallMs: milliseconds('A device that reads no byte for this long is disconnected.', 100, 8000),
  drainTimeoutMs: milliseconds(
    'A device that reads, but does not catch up within this time, is disconnected.',
    100,
    60_000,
  ),
  deviceWaitingBytes: count(
    'Maximum bytes queued for one device, not counting the last message.',
    'bytes',
    16 * MIB,
    MIB,
  ),
  deviceWaitingMessages: count('Maximum messages queued for one device.', 'messages', 1000, 10),
};
