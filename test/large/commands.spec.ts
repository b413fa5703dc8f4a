/** Service, agent and command line as processes: errors are reported and harm nothing else; a stop loses no frame. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { LinkShaper } from '../support/mqtt/link-shaper.js';
import { AgentProcess } from '../support/processes/agent-process.js';
import { inMidFrame } from '../support/processes/mid-frame.js';
import {
  eventually,
  programs,
  type Running,
  run,
  Service,
} from '../support/processes/processes.js';
import { paintPictures } from '../testbed/pictures.js';

/** An upload takes a tenth of a second, and the device takes longer to finish a frame alone. */
const LINK = { uplinkMbps: 12, downlinkMbps: 50, latencyMs: 2 };
const SLOWDOWN = ['--slowdown', '20', '--threads', '1', '--deadline-ms', '60000'];
/** Makes a service fail to catch two errors on SIGUSR2. */
const THROWING =
  'process.on("SIGUSR2",()=>{Promise.reject(new Error("astray"));setTimeout(()=>{throw(new(Error)("astray"))})})';
/** What the kernel calls the runtime's library in a process that uses it. */
const RUNTIME_LIBRARY = 'libonnxruntime';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-commands-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function endOf(running: Running): Promise<{ code: number | null; text: string }> {
  const code = await running.exited;
  return { code, text: running.lines.join('\n') };
}

describe('a program', () => {
  const agent = { file: programs.agent, env: { FLOTILLA_AGENT_SECRET: 's' } };
  it.each([
    [
      'a flag of the service',
      { file: programs.service, args: ['--http-prot', '80'] },
      'did you mean FLOTILLA_HTTP_PORT?',
    ],
    [
      'a variable of the service',
      { file: programs.service, env: { FLOTILLA_MQTT_PROT: '1' } },
      'FLOTILLA_MQTT_PROT is not a setting; did you mean FLOTILLA_MQTT_PORT?',
    ],
    [
      'a flag of the agent',
      { ...agent, args: ['--device', 'pi', '--inptu', 'x.jpg'] },
      'unknown flag --inptu (did you mean --input?)',
    ],
    [
      'a variable of the agent',
      { ...agent, env: { ...agent.env, FLOTILLA_AGENT_DEVIEC: 'pi' } },
      'unknown variable FLOTILLA_AGENT_DEVIEC (did you mean FLOTILLA_AGENT_DEVICE?)',
    ],
    [
      'a flag of the command line',
      { file: programs.cli, args: ['model', 'check', 'x.onnx', '--jsno'] },
      "Unknown option '--jsno'",
    ],
    ['a command', { file: programs.cli, args: ['modle'] }, "unknown command 'modle'"],
  ])('rejects %s with a suggestion and exit code 2', async (what, program, message) => {
    const { code, text } = await endOf(run(what, { ...program, cwd: folder }));
    expect(text).toContain(message);
    expect(text).not.toMatch(/^ +at /m);
    expect(code).toBe(2);
  });
});

it.each([
  ['the service', { file: programs.service }, 'FLOTILLA_HTTP_PORT'],
  ['the agent', { file: programs.agent }, '--input'],
  ['the command line', { file: programs.cli }, 'model'],
])('%s prints its usage on --help', async (what, program, message) => {
  const { code, text } = await endOf(run(what, { ...program, args: ['--help'], cwd: folder }));
  expect([code, text]).toEqual([0, expect.stringContaining(message)]);
});

describe('the first start, with every setting at its default', () => {
  it('prints the operator key once, and the key opens REST', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    // Only the ports are given, since the default ones may be taken where tests run.
    const env = { FLOTILLA_HTTP_PORT: '0', FLOTILLA_MQTT_PORT: '0' };
    const lives: string[] = [];
    for (const _ of ['first', 'second']) {
      const service = run('service', { file: programs.service, env, cwd: home });
      const isReady = () => service.lines.find((line) => line.includes('REST  http'));
      const line = await service.whileRunning(eventually('the service', isReady));
      const [key = ''] = /(?<=^Operator key: )\S+/m.exec(service.lines.join('\n')) ?? [];
      const headers = { authorization: `Bearer ${key || lives[0]}` };
      const [url] = /http\S+\/api\/v1/.exec(line) ?? [];
      expect((await fetch(`${url}/devices`, { headers })).status).toBe(200);
      expect(await service.stop()).toBe(0);
      lives.push(key);
      const shown = service.lines.filter((one) => one.includes(lives[0] ?? '?'));
      expect(shown).toHaveLength(key === '' ? 0 : 1);
    }
    expect(lives).toEqual([expect.stringMatching(/^\S{32,}$/), '']);
    for (const file of await readdir(join(home, 'data'), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!file.isFile()) continue;
      const content = await readFile(join(file.parentPath, file.name), 'latin1');
      expect(content).not.toContain(lives[0]);
    }
  });
});

describe('a running service', () => {
  let service: Service;
  let model: string;
  let pictures: string;
  let link: LinkShaper;
  let device: string;
  let secret: string;
  let agents: AgentProcess[] = [];
  let devices = 0;

  beforeAll(async () => {
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(THROWING)}` };
    service = await Service.start({ data: join(folder, 'cloud'), env });
    const { build, manifest } = referenceNetwork('squeezenet');
    model = await service.addModel('squeezenet', serializeModel(build()), manifest);
    pictures = await paintPictures(join(folder, 'pictures'), 8);
  });
  afterAll(() => service.stop());

  beforeEach(async () => {
    devices += 1;
    device = `pi-${devices}`;
    secret = await service.addDevice(device, model);
    // Where the machine has other work, the best plan may be without the cloud.
    await service.request('PATCH', `/api/v1/devices/${device}`, { strategy: 'cloud' });
    link = await LinkShaper.start({ host: '127.0.0.1', port: service.mqttPort }, LINK);
  });
  afterEach(async () => {
    await Promise.all(agents.map((agent) => agent.running.stop()));
    agents = [];
    await link.close();
  });

  function start(...args: string[]): AgentProcess {
    const mqtt = `mqtt://127.0.0.1:${link.port}`;
    const flags = ['--cloud', service.url, '--mqtt', mqtt, '--device', device];
    const data = ['--data', join(folder, device)];
    const env = { FLOTILLA_AGENT_SECRET: secret };
    const file = programs.agent;
    const agent = new AgentProcess({ file }, [...flags, ...data, ...SLOWDOWN, ...args], env);
    agents.push(agent);
    return agent;
  }

  async function untilCloudFrame({ frames, running }: AgentProcess): Promise<void> {
    const isCloud = () => frames.find(({ outcome }) => outcome === 'cloud');
    await running.whileRunning(eventually('a frame by the cloud', isCloud));
  }

  async function afterCloudFrame(agent: AgentProcess, act: () => void): Promise<void> {
    await untilCloudFrame(agent);
    await inMidFrame(link, agent.running, act);
  }

  async function rows(): Promise<
    { source: string; outcome: string; fault: { code: string } | null }[]
  > {
    const path = `/api/v1/devices/${device}/frames`;
    return (await service.request<{ frames: [] }>('GET', path)).frames;
  }

  async function expectEachPictureOnce(): Promise<void> {
    const recorded = await rows();
    expect(recorded.map(({ source }) => source).sort()).toEqual((await readdir(pictures)).sort());
    expect(recorded.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  }

  it('rejects a second service on its data folder', async () => {
    const env = {
      FLOTILLA_DATA: join(folder, 'cloud'),
      FLOTILLA_HTTP_PORT: '0',
      FLOTILLA_MQTT_PORT: '0',
    };
    const { code, text } = await endOf(run('second', { file: programs.service, env }));
    expect(text).toContain(`data folder ${env.FLOTILLA_DATA} is in use by another process`);
    expect(code).toBe(1);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
  });

  it('rejects a second agent on the data folder of an agent', async () => {
    const first = start('--input', pictures, '--loop');
    await first.untilFrames(1);
    const second = start('--input', pictures);
    expect(await second.ended()).toBe(1);
    expect(second.log).toContain('is used by another agent');
    await first.untilFrames(2);
  });

  it('makes an agent with a wrong secret exit with 2 and an instruction', async () => {
    secret = 'wrong';
    const agent = start('--input', pictures);
    expect(await agent.ended()).toBe(2);
    expect(agent.log).toContain(`the cloud rejects device ${device}`);
    expect(agent.log).toContain(`make a new one with POST /api/v1/devices/${device}/secret`);
    expect(agent.frames).toEqual([]);
  });

  it('records an unreadable picture as failed and runs the others', async () => {
    const some = await paintPictures(join(folder, 'some'), 3);
    await writeFile(join(some, 'picture-01.jpg'), 'this is no picture');
    const agent = start('--input', some);
    expect(await agent.ended()).toBe(1);
    // On a busy machine a frame may be answered without the cloud; all that counts here is its answer.
    const found = agent.frames.map(({ source, outcome, fault }) =>
      outcome === 'failed' ? [source, fault?.code] : [source, 'answered'],
    );
    expect(found).toEqual([
      ['picture-00.jpg', 'answered'],
      ['picture-01.jpg', 'INPUT_UNREADABLE'],
      ['picture-02.jpg', 'answered'],
    ]);
    expect((await rows()).map(({ fault }) => fault?.code)).toContain('INPUT_UNREADABLE');
  });

  it('loads the runtime only in its child processes', async () => {
    await untilCloudFrame(start('--input', pictures));
    const pid = service.process.child.pid ?? 0;
    expect(await readFile(`/proc/${pid}/maps`, 'utf8')).not.toContain(RUNTIME_LIBRARY);
    const families = await descendantsOf(pid);
    const maps = await Promise.all(families.map((one) => readFile(`/proc/${one}/maps`, 'utf8')));
    expect(maps.some((text) => text.includes(RUNTIME_LIBRARY))).toBe(true);
  });

  it.each([
    ['broken JSON', '/api/v1/devices', 'application/json', '{"id": ', 400, 'REQUEST_INVALID'],
    [
      'garbage for a model',
      '/api/v1/models',
      'application/octet-stream',
      'no network',
      400,
      'MODEL_NOT_ONNX',
    ],
    ['a model of a strange type', '/api/v1/models', 'text/html', '<p>', 415, 'UPLOAD_TYPE'],
  ])('answers %s with a problem that has its code', async (_, path, type, body, status, code) => {
    const headers = { authorization: `Bearer ${service.operatorKey}`, 'content-type': type };
    const response = await fetch(`${service.url}${path}`, { method: 'POST', headers, body });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ code, status, detail: expect.any(String) });
  });

  it('survives uncaught errors and logs them', async () => {
    service.process.child.kill('SIGUSR2');
    await eventually('both errors in the log', () => {
      const logged = service.process.lines.filter((line) => line.includes('uncaught error'));
      return logged.length === 2 ? logged : undefined;
    });
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
  });

  it('gets the running frame of an agent that is stopped, and the rest from the next agent', async () => {
    const first = start('--input', pictures);
    await afterCloudFrame(first, () => first.running.child.kill('SIGTERM'));
    expect(await first.ended()).toBe(0);
    const done = await rows();
    expect(done).toHaveLength(first.frames.length);
    expect(done.length).toBeLessThan(8);
    const second = start('--input', pictures);
    expect(await second.ended()).toBe(0);
    expect(first.frames.length + second.frames.length).toBe(8);
    await expectEachPictureOnce();
  });

  // The service here is the one that survived uncaught errors.
  it('exits with 0 on SIGTERM in mid-frame, and the next service gets every record', async () => {
    const agent = start('--input', pictures);
    await afterCloudFrame(agent, () => service.process.child.kill('SIGTERM'));
    expect(await service.process.exited).toBe(0);
    const { httpPort, mqttPort, operatorKey } = service;
    const env = { FLOTILLA_HTTP_PORT: `${httpPort}`, FLOTILLA_MQTT_PORT: `${mqttPort}` };
    service = await Service.start({ data: join(folder, 'cloud'), operatorKey, env });
    expect(await agent.ended()).toBe(0);
    expect(agent.frames.some(({ outcome }) => outcome === 'local-fallback')).toBe(true);
    await expectEachPictureOnce();
  });
});

/** Processes below a process, by the kernel's list (proc(5), task/children). */
async function descendantsOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const children = text.split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}
