/** The matrix through mqtt.js. */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { AclClient, Login } from './acl-client.js';
import type { Outcome } from './acl-matrix.js';

/** A message that was let through would have come by then: the broker answers in milliseconds. */
const SILENCE_MS = 20;

async function opened(login: Login, more: IClientOptions = {}): Promise<MqttClient | Outcome> {
  const { port, ...identity } = login;
  const client = mqtt.connect({
    ...{ host: '127.0.0.1', port, protocolVersion: 4, reconnectPeriod: 0 },
    ...identity,
    ...more,
  });
  return new Promise((resolve) => {
    client.once('connect', () => resolve(client));
    client.on('error', (error: Error & { code?: unknown }) => {
      client.end(true);
      resolve(typeof error.code === 'number' ? (error.code as Outcome) : 'refused');
    });
  });
}

async function publish(
  login: Login,
  topic: string,
  payload: Buffer,
  retain: boolean,
): Promise<Outcome> {
  const client = await opened(login);
  if (!(client instanceof mqtt.MqttClient)) return client;
  const cut = new Promise<Outcome>((resolve) => client.once('close', () => resolve('refused')));
  const taken = client.publishAsync(topic, payload, { qos: 1, retain }).then(
    (): Outcome => 'allowed',
    (): Outcome => 'refused',
  );
  const outcome = await Promise.race([taken, cut]);
  await client.endAsync(true);
  return outcome;
}

async function subscribe(
  login: Login,
  filters: readonly string[],
  publish: () => boolean,
): Promise<Outcome> {
  const client = await opened(login);
  if (!(client instanceof mqtt.MqttClient)) return client;
  let heard = 0;
  client.on('message', () => {
    heard += 1;
  });
  let granted = 0;
  for (const filter of filters) {
    // A refused one rejects.
    const grants = await client.subscribeAsync(filter, { qos: 1 }).catch(() => []);
    granted += grants.filter(({ qos }) => qos < 128).length;
  }
  publish();
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
  await client.endAsync(true);
  if (granted > 0 !== heard > 0) throw new Error(`${granted} grants, but ${heard} messages`);
  return heard > 0 ? 'allowed' : 'refused';
}

async function leaveWill(login: Login, topic: string, payload: Buffer): Promise<Outcome> {
  const will = { topic, payload, qos: 1, retain: true } as const;
  const client = await opened(login, { will });
  if (!(client instanceof mqtt.MqttClient)) return client;
  client.stream.destroy();
  await client.endAsync(true);
  return 'allowed';
}

export const mqttJsClient: AclClient = { name: 'mqtt.js', publish, subscribe, leaveWill };
