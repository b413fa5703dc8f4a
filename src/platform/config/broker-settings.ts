/**
 * The settings of the broker: what a stranger, a device and all of them together may cost.
 *
 * docs/protocol.md tells the bounds to whoever writes an agent; decision 60 says where the figures come from.
 */
import { amount, KIB, MIB } from './setting-kinds.js';

/** A timer that is set for longer than 24.8 days goes off at once. */
const LONGEST_MS = 86_400_000;

const milliseconds = (description: string, minimum: number, value: number) =>
  amount(description, { unit: 'ms', minimum, maximum: LONGEST_MS, default: value });

const count = (description: string, unit: string, value: number, minimum = 1) =>
  amount(description, { unit, minimum, default: value });

export const brokerSettings = {
  maxConnections: count(
    'MQTT connections at once; further ones are closed.',
    'connections',
    10_000,
  ),
  maxAddressConnections: count(
    'Of these, of one address (of 64 bits of IPv6); a site may stand behind one.',
    'connections',
    2500,
  ),
  connectsPerS: count(
    'MQTT connections that may begin a second, twice that at once; further ones wait for their turn.',
    'connections/s',
    200,
  ),
  addressConnectsPerS: count('Of these, of one address, twice that at once.', 'connections/s', 50),
  connectWaitMs: milliseconds(
    'Longest wait for that turn; who would wait longer is closed.',
    0,
    5000,
  ),
  connectTimeoutMs: milliseconds('Longest time until a CONNECT is complete.', 100, 8000),
  authenticateTimeoutMs: milliseconds(
    'Longest time the check of a credential may take.',
    100,
    5000,
  ),
  strangerPacketBytes: count('Largest MQTT packet before the login.', 'bytes', 4 * KIB, 512),
  strangerBytes: count('Bytes a connection may send before the login.', 'bytes', 16 * KIB, 512),
  loginFailuresPerMinute: count(
    'Failed logins of one device id from one address, as many at once; further ones are not checked.',
    'logins/min',
    10,
  ),
  addressLoginFailuresPerMinute: count(
    'Failed logins of one address, three times that at once.',
    'logins/min',
    60,
  ),
  sessionsPerMinute: count(
    'Sessions one device may begin, twice that at once; a device that flaps more is banned for a while.',
    'sessions/min',
    20,
  ),
  flappingBanMs: milliseconds('How long it is banned.', 0, 60_000),
  packetLimitBytes: amount('Largest MQTT packet of an authenticated device.', {
    unit: 'bytes',
    minimum: 16 * KIB,
    maximum: 256 * MIB,
    default: MIB,
  }),
  topicLevels: amount('Levels a topic may have.', {
    unit: 'levels',
    minimum: 7,
    maximum: 100,
    default: 12,
  }),
  deviceMessagesPerS: count(
    'MQTT packets a second one device may send for long, twice that at once; faster ones wait.',
    'packets/s',
    1000,
    10,
  ),
  deviceBytesPerS: count(
    'Bytes a second one device may send for long; faster ones wait.',
    'bytes/s',
    32 * MIB,
    64 * KIB,
  ),
  floodMs: milliseconds('A device that sends too many packets for so long is cut.', 100, 10_000),
  malformedPerMinute: count(
    'Malformed messages of one device, as many at once; a device that sends more is cut.',
    'messages/min',
    20,
  ),
  exactlyOnceInFlight: count('Unfinished QoS 2 publishes of one device.', 'messages', 50),
  keepAliveLimitS: amount('Longest keep-alive a device may ask for; without one it is refused.', {
    unit: 's',
    minimum: 1,
    maximum: 65_535,
    default: 1200,
  }),
  stallMs: milliseconds(
    'A device that takes no byte of what is sent to it for so long is cut.',
    100,
    8000,
  ),
  drainTimeoutMs: milliseconds(
    'A device that takes some bytes, but does not catch up in so long, is cut.',
    100,
    60_000,
  ),
  deviceWaitingBytes: count(
    'Bytes that may wait to be sent to one device, before the last message.',
    'bytes',
    16 * MIB,
    MIB,
  ),
  deviceWaitingMessages: count(
    'Messages that may wait to be sent to one device.',
    'messages',
    1000,
    10,
  ),
};
