/** The agent's own sessions, cut all at once: they come back one by one, and a ban or a full house does not make them hurry. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CloudSession } from '../../../firmware-agent/src/cloud/mqtt/cloud-session.js';
import { createLog } from '../../../firmware-agent/src/log.js';
import { Traffic } from '../../../firmware-agent/src/traffic/traffic.js';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { EventBus } from '../../../src/platform/index.js';
import { LinkEstimator } from '../../../src/wire/index.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { secretIdentity } from '../../support/service/secret-identity.js';
import { type RunningService, startService } from '../../support/service/service.js';

const AGENTS = 20;
/** The agent's base, from which the first pause is drawn. */
const BASE_MS = 500;

let service: RunningService;
let broker: Broker;
const sessions: CloudSession[] = [];

beforeAll(async () => {
  service = await startService({ modules: [BrokerModule] });
  broker = service.app.get(Broker);
  broker.useAuthenticator(async ({ device }) => ({ kind: 'accepted', device }));
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  await service.stop();
});

function ready(session: CloudSession): Promise<void> {
  return new Promise((resolve) => session.once('ready', () => resolve()));
}

it('twenty agents that lose the link together reconnect at different times', async () => {
  const log = createLog('silent', () => undefined);
  for (let i = 0; i < AGENTS; i++) {
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const credential = { url, identity: secretIdentity(`pi-${i}`, 'x') };
    const traffic = new Traffic('normal', undefined, log);
    const start = { birth: async () => wireSamples.birth, probe: async () => undefined };
    sessions.push(new CloudSession(credential, traffic, new LinkEstimator(), start, log));
  }
  const all = Promise.all(sessions.map(ready));
  for (const session of sessions) session.open();
  await all;
  const cameMs: number[] = [];
  const off = service.app
    .get(EventBus)
    .on('device.connected', () => void cameMs.push(performance.now() - cutMs));
  const again = Promise.all(sessions.map(ready));
  const cutMs = performance.now();
  for (let i = 0; i < AGENTS; i++) broker.disconnect(`pi-${i}`, 'the test cuts it');
  await again;
  off();
  const spreadMs = Math.max(...cameMs) - Math.min(...cameMs);
  console.log(
    `${AGENTS} agents came back ${cameMs.map((ms) => ms.toFixed(0)).join(', ')} ms after they were cut`,
  );
  expect(cameMs).toHaveLength(AGENTS);
  // Drawn evenly from half a second, they lie that close together once in a million times.
  expect(spreadMs).toBeGreaterThan(BASE_MS / 3);
  const tenths = new Set(cameMs.map((ms) => Math.floor((10 * ms) / BASE_MS)));
  expect(tenths.size).toBeGreaterThan(4);
});
