/** Commands with a real broker, database and HTTP: their way to devices that come and go, and their progress over REST. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandView, RunView } from '../../../src/commands/command-requests.js';
import type { CommandReport } from '../../../src/wire/index.js';
import type { PlayedDevice } from '../../support/devices/played-device.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

let tandem: Tandem;

beforeAll(async () => {
  tandem = await Tandem.start();
}, 60_000);
afterAll(() => tandem.stop());

async function give(body: object, to = tandem): Promise<CommandView> {
  const answer = await to.call('POST', '/commands', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as CommandView;
}

async function enrolled(id: string, group?: string): Promise<PlayedDevice> {
  const connect = await tandem.enrol(id, null);
  if (group !== undefined) await tandem.call('PATCH', `/devices/${id}`, { group });
  return connect();
}

const report = (
  device: PlayedDevice,
  id: string,
  state: CommandReport['state'],
  more: Partial<CommandReport> = {},
) => device.send('commandReport', { v: 1, id, at: new Date().toISOString(), state, ...more });

const viewOf = async (id: string, of = tandem) =>
  (await of.call('GET', `/commands/${id}`)).body as CommandView;
const runsOf = async (id: string, query = '') =>
  ((await tandem.call('GET', `/commands/${id}/devices${query}`)).body as { devices: RunView[] })
    .devices;

describe('a command to one device', () => {
  it('is sent at once, accepted and done, and shows each step', async () => {
    const device = await enrolled('ping-1');
    const { id, progress } = await give({ kind: 'ping', target: { devices: ['ping-1'] } });
    expect(progress).toEqual({ sent: 1 });
    expect(await device.command()).toMatchObject({ id, kind: 'ping' });
    await report(device, id, 'accepted');
    await waitFor(async () => expect((await viewOf(id)).progress).toEqual({ accepted: 1 }));
    await report(device, id, 'done', { result: 'up for 3 s' });
    await waitFor(async () => expect((await viewOf(id)).isOver).toBe(true));
    const [run] = await runsOf(id);
    expect(run).toMatchObject({ device: 'ping-1', state: 'done', result: 'up for 3 s' });
    expect(Date.parse(run?.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(run?.sentAt ?? ''));
    await device.leave();
  });

  it('waits for a device that is offline, and is sent again after a broken connection', async () => {
    const connect = await tandem.enrol('late-1', null);
    const { id, progress } = await give({
      ...{ kind: 'logLevel', level: 'debug', target: { devices: ['late-1'] } },
    });
    expect(progress).toEqual({ queued: 1 });
    const first = await connect();
    expect(await first.command()).toMatchObject({ id, level: 'debug' });
    await first.leave();
    const second = await connect();
    expect(await second.command()).toMatchObject({ id });
    const fault = { code: 'INTERNAL', message: 'the disk is full' };
    await report(second, id, 'failed', { fault });
    await waitFor(async () =>
      expect((await runsOf(id))[0]).toMatchObject({ state: 'failed', fault }),
    );
    await second.leave();
  });

  it('expires when its time is over', async () => {
    await tandem.enrol('gone-1', null);
    const { id } = await give({ kind: 'ping', target: { devices: ['gone-1'] }, expiresInS: 1 });
    await waitFor(async () => expect((await viewOf(id)).progress).toEqual({ expired: 1 }));
  });
});

describe('a command to a group', () => {
  it('goes to each of its devices and shows their progress', async () => {
    const one = await enrolled('group-1', 'attic');
    const two = await enrolled('group-2', 'attic');
    const { id } = await give({ kind: 'reprofile', target: { group: 'attic' } });
    await report(one, (await one.command()).id, 'done');
    await two.command();
    await waitFor(async () =>
      expect(await viewOf(id)).toMatchObject({ progress: { done: 1, sent: 1 }, isOver: false }),
    );
    expect((await runsOf(id, '?state=sent')).map(({ device }) => device)).toEqual(['group-2']);
    const { body } = await tandem.call('GET', '/commands?device=group-2');
    expect((body as { commands: CommandView[] }).commands.map((one) => one.id)).toEqual([id]);
    await Promise.all([one.leave(), two.leave()]);
  });
});

describe('a command to every device', () => {
  it('goes to all that are enrolled', async () => {
    await enrolled('every-1').then((device) => device.leave());
    const { id, target } = await give({ kind: 'ping', target: { all: true }, expiresInS: 1 });
    expect(target).toEqual({ all: true });
    const devices = (await runsOf(id, '?limit=1000')).map(({ device }) => device);
    const { body } = await tandem.call('GET', '/devices?limit=1000');
    const all = (body as { devices: { id: string }[] }).devices.map((device) => device.id);
    expect(devices.sort()).toEqual(all.sort());
    expect(devices).toContain('every-1');
  });
});

describe('an invalid command', () => {
  it.each([
    ['no target', { kind: 'ping', target: {} }, 400, 'REQUEST_INVALID'],
    ['a target without a tag', { kind: 'ping', target: { tags: [] } }, 400, 'REQUEST_INVALID'],
    ['a target of false', { kind: 'ping', target: { all: false } }, 400, 'REQUEST_INVALID'],
    [
      'every device and some',
      { kind: 'ping', target: { all: true, devices: ['x'] } },
      ...([400, 'REQUEST_INVALID'] as const),
    ],
    ['an unknown kind', { kind: 'explode', target: { group: 'a' } }, 400, 'REQUEST_INVALID'],
    ['no level', { kind: 'logLevel', target: { group: 'a' } }, 400, 'REQUEST_INVALID'],
    [
      'a level for nothing',
      { kind: 'ping', level: 'info', target: { group: 'a' } },
      400,
      'REQUEST_INVALID',
    ],
    ['an unknown device', { kind: 'ping', target: { devices: ['x'] } }, 404, 'DEVICE_UNKNOWN'],
    ['an unknown group', { kind: 'ping', target: { group: 'none' } }, 404, 'GROUP_UNKNOWN'],
  ])('is rejected: %s', async (_, body, status, code) => {
    const answer = await tandem.call('POST', '/commands', body);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([status, code]);
  });

  it('is not found', async () => {
    const answer = await tandem.call('GET', `/commands/${'0'.repeat(16)}`);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([
      404,
      'COMMAND_UNKNOWN',
    ]);
  });
});

describe('a restart of the service', () => {
  it('keeps every open command, and knows a report of one that ended before', async () => {
    const first = await Tandem.start();
    const before = await (await first.enrol('kept', null))();
    const ended = await give({ kind: 'ping', target: { devices: ['kept'] } }, first);
    await before.command();
    await report(before, ended.id, 'done');
    await waitFor(async () => expect((await viewOf(ended.id, first)).isOver).toBe(true));
    await before.leave();
    const { id } = await give({ kind: 'ping', target: { devices: ['kept'] } }, first);
    await first.stop({ data: true });
    const second = await Tandem.start({}, first.data);
    try {
      const device = await second.connectAs('kept', first.secretOf('kept'));
      expect(await device.command()).toMatchObject({ id });
      await report(device, id, 'done');
      await waitFor(async () => expect((await viewOf(id, second)).progress).toEqual({ done: 1 }));
      await report(device, ended.id, 'done');
      await report(device, 'f'.repeat(16), 'done');
      const unused = () =>
        device.results.flatMap(({ head }) => (head.kind === 'fault' ? [head.message] : []));
      await waitFor(() => expect(unused()).not.toEqual([]));
      // The database was asked for the ended one first.
      expect(unused()).toEqual(['commandReport: id: the device has no such open command']);
      await device.leave();
    } finally {
      await second.stop({ data: true });
      await rm(first.data, { recursive: true, force: true });
    }
  }, 60_000);
});
