/** A user's view of losses: the link cut in mid-frame, agent and service killed; every frame is answered once and recorded once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { LinkShaper } from '../support/link-shaper.js';
import { eventually, type Running, Service, startAgent } from '../support/processes.js';
import { paintPictures } from '../testbed/pictures.js';

const PICTURES = 24;
const LINK = { uplinkMbps: 8, downlinkMbps: 50, latencyMs: 2 };

interface FrameRow {
  readonly frame: string;
  readonly source: string;
  readonly outcome: string;
}

let folder: string;
let pictures: string;
let service: Service;
let shapers: LinkShaper[];
const secrets = new Map<string, string>();
const agents: Running[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-large-'));
  pictures = await paintPictures(join(folder, 'pictures'), PICTURES);
  service = await Service.start({ data: join(folder, 'cloud') });
  shapers = await Promise.all(
    [0, 1].map(() => LinkShaper.start({ host: '127.0.0.1', port: service.mqttPort }, LINK)),
  );
  const network = referenceNetwork('squeezenet');
  const form = new FormData();
  form.set('manifest', JSON.stringify(network.manifest));
  form.set('name', 'squeezenet');
  form.set('file', new Blob([new Uint8Array(serializeModel(network.build()))]), 'squeezenet.onnx');
  const model = await service.request<{ id: string }>('POST', '/api/v1/models', form);
  for (const id of ['pi-one', 'pi-two']) {
    const body = { id, model: model.id };
    const { secret } = await service.request<{ secret: string }>('POST', '/api/v1/devices', body);
    secrets.set(id, secret);
  }
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.stop('SIGKILL')));
  await Promise.all(shapers.map((shaper) => shaper.close()));
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An agent that runs all pictures once and ends; `onFrame` hears of every finished frame. */
function run(id: string, shaper: LinkShaper, onFrame: (count: number) => void): Running {
  let count = 0;
  const agent = startAgent({
    device: id,
    secret: secrets.get(id) ?? '',
    cloud: service.url,
    mqtt: `mqtt://127.0.0.1:${shaper.port}`,
    data: join(folder, id),
    args: ['--input', pictures, '--slowdown', '4', '--threads', '1', '--json'],
    onLine: (line) => {
      if (line.includes('"frame"')) onFrame(++count);
    },
  });
  agents.push(agent);
  return agent;
}

async function rowsOf(device: string): Promise<FrameRow[]> {
  const path = `/api/v1/devices/${device}/frames?limit=1000`;
  return (await service.request<{ frames: FrameRow[] }>('GET', path)).frames;
}

describe('a fleet that loses things', () => {
  it('answers every frame and records each once, through a cut link, a killed agent and a killed service', async () => {
    const [one, two] = shapers as [LinkShaper, LinkShaper];
    const moments = { cut: false, agentKilled: false, serviceKilled: false };
    const first = run('pi-one', one, (count) => {
      // Cut inside the next upload, by counter; the link comes back by itself later.
      if (count === 4) {
        moments.cut = true;
        one.cutAfter(20_000);
        setTimeout(() => one.restore(), 1500);
      }
    });
    let second = run('pi-two', two, (count) => {
      if (count === 6) {
        moments.agentKilled = true;
        second.child.kill('SIGKILL');
      }
    });
    await second.exited;
    second = run('pi-two', two, () => undefined);

    await eventually('half of the frames', async () => {
      const rows = await rowsOf('pi-one');
      return rows.length >= PICTURES / 2 ? rows : undefined;
    });
    moments.serviceKilled = true;
    await service.process.stop('SIGKILL');
    service = await Service.start({
      data: join(folder, 'cloud'),
      operatorKey: service.operatorKey,
      env: {
        FLOTILLA_HTTP_PORT: String(service.httpPort),
        FLOTILLA_MQTT_PORT: String(service.mqttPort),
      },
    });

    expect(await first.exited).toBe(0);
    expect(await second.exited).toBe(0);
    expect(moments).toEqual({ cut: true, agentKilled: true, serviceKilled: true });
    for (const device of ['pi-one', 'pi-two']) {
      const rows = await rowsOf(device);
      expect(new Set(rows.map((row) => row.frame)).size).toBe(rows.length);
      expect(rows.map((row) => row.source).sort()).toEqual(
        Array.from({ length: PICTURES }, (_, i) => `picture-${String(i).padStart(2, '0')}.jpg`),
      );
      expect(rows.filter((row) => row.outcome === 'failed')).toEqual([]);
    }
  });
});
