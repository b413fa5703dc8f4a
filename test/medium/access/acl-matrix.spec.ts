/**
 * Every row of the wire table, tried by every kind of caller, in every way MQTT knows, against the running broker: what the client
 * gets, and that nothing is sent or received that must not be.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Broker, BrokerModule, type Identity } from '../../../src/broker/index.js';
import { EventBus } from '../../../src/platform/index.js';
import {
  encodeMessage,
  isSentBy,
  type MessageName,
  messageNames,
  messages,
  topicOf,
} from '../../../src/wire/index.js';
import type { AclClient, Login } from '../../support/access/acl-client.js';
import {
  acts,
  type Caller,
  callers,
  expectedOutcome,
  rowsAndCallers,
  wildcardsFor,
} from '../../support/access/acl-matrix.js';
import { hasMosquitto, mosquittoClient } from '../../support/access/mosquitto-client.js';
import { mqttJsClient } from '../../support/access/mqtt-js-client.js';
import { UNLIMITED_LOGINS } from '../../support/access/unlimited-logins.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { type RunningService, startService } from '../../support/service/service.js';

const SECRET = 'a-secret-of-the-matrix';
const IDENTITIES: Readonly<Partial<Record<string, Identity>>> = {
  itself: { kind: 'accepted', device: 'itself' },
  another: { kind: 'accepted', device: 'another' },
  unapproved: { kind: 'unapproved', because: 'not yet approved' },
};
const WILL_MS = 200;
/** A will that would be valid on its own topic. */
const willPayload = Buffer.from(
  encodeMessage('status', { ...wireSamples.status, state: 'offline' }),
);

if (!hasMosquitto) {
  const text =
    'mosquitto_pub and mosquitto_sub are not installed (Debian: apt-get install mosquitto-clients)';
  if (process.env.FLOTILLA_TEST_MOSQUITTO === 'required') throw new Error(text);
  process.stderr.write(`${text}: their half of the ACL matrix is SKIPPED.\n`);
}

let service: RunningService;
let broker: Broker;
/** Names of received messages of the device `itself`. */
let cameIn: MessageName[] = [];

beforeAll(async () => {
  service = await startService({
    modules: [BrokerModule],
    environment: UNLIMITED_LOGINS,
  });
  broker = service.app.get(Broker);
  broker.useAuthenticator(
    async ({ device }) => IDENTITIES[device] ?? { kind: 'refused', because: 'its secret is void' },
  );
  const events = service.app.get(EventBus);
  for (const name of messageNames) {
    if (!isSentBy(name, 'device')) continue;
    events.on(`wire.${name}`, ({ device }) => {
      if (device === 'itself') cameIn.push(name);
    });
  }
});
afterAll(() => service.stop());

function loginOf(caller: Caller): Login {
  const { port } = broker;
  if (caller === 'anonymous') return { port, clientId: 'anonymous' };
  return { port, clientId: caller, username: caller, password: SECRET };
}

/** The cloud sends its row to the device `itself`; false when that is not subscribed. */
function sendRow(name: MessageName): boolean {
  return isSentBy(name, 'cloud') && broker.send(name, 'itself', wireSamples[name]);
}

async function attempt(client: AclClient, caller: Caller, name: MessageName) {
  const login = loginOf(caller);
  const topic = topicOf(name, 'itself');
  const payload = Buffer.from(encodeMessage(name, wireSamples[name]));
  cameIn = [];
  const publish = await client.publish(login, topic, payload, messages[name].retain);
  const afterPublish = cameIn;
  const subscribe = await client.subscribe(login, [topic], () => sendRow(name));
  const wildcards = await client.subscribe(login, wildcardsFor(name, 'itself'), () =>
    sendRow(name),
  );
  cameIn = [];
  const isLetIn = () => broker.connectionOf(login.clientId) !== undefined;
  await expect.poll(isLetIn).toBe(false);
  const will = await client.leaveWill(login, topic, willPayload, isLetIn);
  const endMs = performance.now() + WILL_MS;
  while (will === 'allowed' && cameIn.length === 0 && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { outcomes: { publish, subscribe, will, wildcards }, afterPublish, afterWill: cameIn };
}

describe.each([
  { client: mqttJsClient, isThere: true },
  { client: mosquittoClient, isThere: hasMosquitto },
])('the broker ($client.name)', ({ client, isThere }) => {
  it.skipIf(!isThere).each(rowsAndCallers)(
    'allows a device (%s) with %s only what the wire table allows',
    async (caller, name) => {
      const { outcomes, afterPublish, afterWill } = await attempt(client, caller, name);
      const expected = Object.fromEntries(
        acts.map((act) => [act, expectedOutcome(name, caller, act)]),
      );
      expect(outcomes).toEqual(expected);
      expect(afterPublish).toEqual(expected.publish === 'allowed' ? [name] : []);
      expect(afterWill).toEqual(expected.will === 'allowed' ? ['status'] : []);
    },
  );
});

describe('a connected device', () => {
  it('is disconnected within a second when it is revoked, and rejected from then on', async () => {
    const gone = { ...loginOf('another'), clientId: 'leaver', username: 'leaver' };
    let isRevoked = false;
    broker.useAuthenticator(async ({ device }) => {
      if (device === 'leaver' && !isRevoked) return { kind: 'accepted', device };
      return IDENTITIES[device] ?? { kind: 'refused', because: 'its secret is void' };
    });
    const topic = topicOf('result', 'leaver');
    const listening = mqttJsClient.subscribe(gone, [topic], () => {
      isRevoked = true;
      broker.disconnect('leaver', 'its secret was revoked');
      return false;
    });
    const startMs = performance.now();
    await listening.catch(() => undefined);
    expect(broker.connectionOf('leaver')).toBeUndefined();
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(await mqttJsClient.publish(gone, topic, Buffer.from('x'), false)).toBe(4);
  });
});

it('the matrix has every row and every caller', () => {
  expect(rowsAndCallers).toHaveLength(messageNames.length * callers.length);
});
