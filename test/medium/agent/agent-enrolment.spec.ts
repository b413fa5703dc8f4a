/** A built agent that enrols itself over TLS, waits for its approval, follows a new secret, and is known by a certificate. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import {
  type AgentBuild,
  AgentProcess,
  buildAgentForTest,
} from '../../support/processes/agent-process.js';
import { type RunningService, startService } from '../../support/service/service.js';
import { type Certificate, TestAuthority } from '../../support/tls/certificates.js';
import { askOverTls } from '../../support/tls/https-client.js';

const KEY = 'k'.repeat(32);

let build: AgentBuild;
let authority: TestAuthority;
let own: Certificate;
let service: RunningService;
let cloud: string;
let mqtts: string;
let folder: string;
const agents: AgentProcess[] = [];

beforeAll(async () => {
  [build, authority] = await Promise.all([buildAgentForTest(), TestAuthority.make()]);
  own = await authority.issue('service');
  service = await startService({
    modules: [FleetModule],
    environment: {
      FLOTILLA_OPERATOR_KEY: KEY,
      FLOTILLA_TLS_CERT: own.certFile,
      FLOTILLA_TLS_KEY: own.keyFile,
      FLOTILLA_TLS_CLIENT_CA: authority.file,
      FLOTILLA_MQTTS_PORT: '0',
    },
  });
  cloud = service.url.replace('http:', 'https:');
  mqtts = `mqtts://127.0.0.1:${service.app.get(Broker).tlsPort}`;
}, 60_000);
afterAll(async () => {
  await service.stop();
  await Promise.all([build.remove(), authority.remove()]);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-enrol-'));
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.running.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(device: string, args: readonly string[]): AgentProcess {
  const place = ['--cloud', cloud, '--ca-file', authority.file, '--device', device];
  const agent = new AgentProcess(build, [
    ...place,
    ...['--data', join(folder, 'data'), '--threads', '1', '--stay', ...args],
  ]);
  agents.push(agent);
  return agent;
}

async function operator(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${KEY}` };
  const asked = { method, path, headers, ca: authority.cert };
  const answer = await askOverTls(cloud, body === undefined ? asked : { ...asked, body });
  return answer.body === '' ? {} : JSON.parse(answer.body);
}

describe('an agent with an enrolment token', () => {
  it('enrols over HTTPS, keeps its secret private and connects after its approval', async () => {
    const { token } = await operator('POST', '/enrolment-tokens', { name: 'test' });
    const agent = start('token', ['--mqtt', mqtts, '--token', token]);
    await agent.untilLog('device token is enrolled; an operator has to approve it');
    await agent.untilLog('device token is not approved yet');
    const file = join(folder, 'data', 'token', 'secret');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const secret = await readFile(file, 'utf8');
    expect(secret).toMatch(/^[\w-]{43}$/);
    await agent.running.stop();
    expect(agent.log).not.toContain(secret);
    await operator('POST', '/devices/token/approve');
    // The token is used up and no longer needed.
    const again = start('token', ['--token', token]);
    await again.untilLog(`connected to wss://${new URL(cloud).host}/mqtt as token`);
  });

  it('exits with the reason when its token is rejected', async () => {
    const agent = start('refused', ['--token', 'fle_none']);
    expect(await agent.ended()).toBe(2);
    expect(agent.log).toContain('enrolment token not found');
  });
});

describe('an agent whose secret is replaced', () => {
  it('reads the new secret from its file when the old one ends', async () => {
    const { secret } = await operator('POST', '/devices', { id: 'follows' });
    const file = join(folder, 'secret');
    await writeFile(file, secret);
    const agent = start('follows', ['--mqtt', mqtts, '--secret-file', file]);
    await agent.untilLog('connected to');
    const rotated = await operator('POST', '/devices/follows/secret', { overlapS: 2 });
    await writeFile(file, rotated.secret);
    await agent.untilLog('connection lost');
    const isBack = () =>
      agent.running.lines.filter((line) => line.includes('connected to ')).length;
    await expect.poll(isBack, { timeout: 10_000 }).toBe(2);
  });
});

describe('an agent with a client certificate', () => {
  it('connects without a secret', async () => {
    await operator('POST', '/devices', { id: 'certified' });
    const { certFile, keyFile } = await authority.issue('certified');
    const files = ['--cert-file', certFile, '--key-file', keyFile];
    await start('certified', ['--mqtt', mqtts, ...files]).untilLog('connected to mqtts://');
  });

  it('does not connect to a service with an untrusted certificate', async () => {
    const other = await TestAuthority.make();
    const { secret } = await operator('POST', '/devices', { id: 'careful' });
    const file = join(folder, 'secret');
    await writeFile(file, secret);
    const agent = start('careful', [
      '--mqtt',
      mqtts,
      '--secret-file',
      file,
      '--ca-file',
      other.file,
    ]);
    await agent.untilLog('cannot connect to mqtts://');
    await other.remove();
  });
});
