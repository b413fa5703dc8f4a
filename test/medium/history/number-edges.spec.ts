/**
 * Every number that a device sends, at the edges of its range and beyond: all REST answers of the device and the fleet stay within
 * their descriptions, means are finite, and no other device's answer changes. Stopping the service fails on an answer that is not
 * as described.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryThread } from '../../../src/history/engine/history-thread.js';
import { frameColumns, frameRow } from '../../../src/history/frames/frame-row.js';
import { Database } from '../../../src/platform/index.js';
import {
  type DesiredPlan,
  type FrameRecord,
  type ModelDocument,
  type SentBy,
  seededRandom,
} from '../../../src/wire/index.js';
import { newFrameId, type PlayedDevice } from '../../support/devices/played-device.js';
import { EDGES, numberPlaces, type Place, withNumbers } from '../../support/mqtt/number-edges.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

const MIXED = 30;
const RANGE = 'from=1970-01-01&to=4102444800000';

const viewsOf = (id: string) => [
  ...[`/devices/${id}`, `/devices/${id}/frames?limit=1000`, `/devices/${id}/shadow`],
  ...[`/devices/${id}/plan`, `/devices/${id}/plan/explain`, `/devices/${id}/plan/instance`],
  `/devices/${id}/plans`,
  `/devices/${id}/latency?${RANGE}&bucket=all&compare=predicted`,
  `/devices/${id}/latency?${RANGE}&bucket=1h`,
];
const FLEET_VIEWS = [
  ...['/devices', '/devices?link=wired', '/groups', '/drift'],
  ...[`/latency?${RANGE}&bucket=all&compare=predicted`, '/latency', '/latency?bucket=1d'],
  '/devices/odd/latency?bucket=1h',
];

/** An answer without what changes by itself, whatever the order of its fields: the database keeps its own. */
const calm = (body: unknown): unknown =>
  JSON.parse(
    JSON.stringify(body)
      .replaceAll(/"(ageMs|sinceMs)":[\d.e+-]+/g, '"$1":0')
      .replaceAll(/\d+ s old/g, '0 s old'),
  );

/** All means and percentiles of an answer. */
function timesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    if (name === 'meanMs') return [one];
    return name === 'percentilesMs' ? Object.values(one as object) : timesIn(one);
  });
}

describe.each(databaseKinds)('numbers at their edges (%s)', (kind) => {
  let stored: TestDatabase;
  let tandem: Tandem;
  let odd: PlayedDevice;
  let model: ModelDocument;
  let plan: DesiredPlan;
  let others: readonly unknown[];

  beforeAll(async () => {
    stored = await testDatabase(kind);
    const limits = { FLOTILLA_MALFORMED_PER_MINUTE: '100000' };
    tandem = await Tandem.start({ ...stored.environment, ...limits });
    const id = await tandem.addModel('tiny-chain');
    const other = await (await tandem.enrol('other', id))();
    odd = await (await tandem.enrol('odd', id))();
    for (const device of [other, odd]) {
      model = await device.model();
      await device.introduce(model, 50, 20, 'tensor');
      plan = await device.plan(({ link }) => link.samples > 0);
      await device.send('record', { v: 1, records: [recordOf({}), recordOf({ totalMs: 90 })] });
    }
    await framesOf('other', 2);
    await framesOf('odd', 2);
    await other.leave();
    await waitFor(async () => {
      const { body } = await tandem.call('GET', '/devices/other');
      expect(body).toMatchObject({ presence: { isConnected: false } });
    });
    others = await answersOf('other');
  }, 120_000);
  afterAll(async () => {
    await odd.leave();
    await tandem.stop();
    await stored.remove();
  });

  function recordOf(more: Partial<FrameRecord>): FrameRecord {
    const [sample] = wireSamples.record.records;
    if (sample === undefined) throw new Error('no sample');
    return {
      ...{ ...sample, frame: newFrameId(), model: plan.model, planVersion: plan.version, cut: 0 },
      ...{ at: new Date().toISOString(), ...more },
    };
  }

  /** Waits until the database has some number of a device's frames. */
  async function framesOf(deviceId: string, count: number): Promise<void> {
    const { client } = tandem.app.get(Database);
    await waitFor(async () =>
      expect(await client.frame.count({ where: { deviceId } })).toBe(count),
    );
  }

  async function answersOf(device: string): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (const view of viewsOf(device)) {
      const { status, body } = await tandem.call('GET', view);
      expect([view, status, status === 200 ? '' : body]).toEqual([view, 200, '']);
      for (const ms of timesIn(body)) expect(ms).toSatisfy(Number.isFinite);
      answers.push(calm(body));
    }
    return answers;
  }

  /** All views of the odd device and the fleet answer, and those of the other device answer the same as before. */
  async function expectAnswers(): Promise<void> {
    await answersOf('odd');
    for (const view of FLEET_VIEWS) {
      const { status, body } = await tandem.call('GET', view);
      expect([view, status]).toEqual([view, 200]);
      for (const ms of timesIn(body)) expect(ms).toSatisfy(Number.isFinite);
    }
    expect(await answersOf('other')).toEqual(others);
  }

  /** Sends a message with each number alone at each edge, then with all numbers at edges drawn from a seed. */
  async function sendEdges(
    name: SentBy<'device'>,
    make: () => object,
    sent: (digits: ReadonlyMap<Place, string>) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const random = seededRandom(14);
    const drawn = () => EDGES[Math.floor(random() * EDGES.length)] ?? '0';
    const places = numberPlaces(make());
    const alone = places.flatMap((place) => EDGES.map((digits) => new Map([[place, digits]])));
    const mixed = Array.from({ length: MIXED }, () => new Map(places.map((one) => [one, drawn()])));
    for (const digits of [...alone, ...mixed]) {
      await odd.sendBytes(name, withNumbers(make(), digits));
      await sent(digits);
    }
  }

  let asked = 0;
  /** Looks at the device after every tenth message. */
  const odder = async () => {
    asked += 1;
    if (asked % 10 > 0) return;
    const { status } = await tandem.call('GET', '/devices/odd');
    expect(status).toBe(200);
  };

  it('in births leave every view as described', async () => {
    await sendEdges('birth', () => ({ ...wireSamples.birth, objective: 'frame' }), odder);
    await expectAnswers();
  }, 120_000);

  it('in telemetry leave every view as described', async () => {
    const { telemetry } = wireSamples;
    const counts = { suppressed: 1, jpegBytes: 5000, recordsWaiting: 1, recordsDropped: 1 };
    await sendEdges('telemetry', () => ({ ...telemetry, ...counts }), odder);
    await expectAnswers();
  }, 120_000);

  it('in profiles leave every view as described', async () => {
    const times = { medianMs: 50, spreadMs: 1, runs: 5 };
    const [first, ...rest] = model.blocks.map(({ digest }) => ({ digest, ...times }));
    const overheads = { handOverMs: 0.2, frameMs: 0.6 };
    await odd.send('profile', { v: 1, model: plan.model, blocks: rest });
    await sendEdges('profile', () => ({ v: 1, model: plan.model, blocks: [first], overheads }));
    await expectAnswers();
  }, 120_000);

  it('in records lose no frame, and leave every view as described', async () => {
    let expected = 2;
    const isRead = (digits: string) => Number.isFinite(Number(digits));
    await sendEdges(
      'record',
      () => ({ v: 1, records: [recordOf({})] }),
      async (digits) => {
        // What no JSON reader holds is rejected, but in the link, which is unknown then.
        const isLost = [...digits].some(([place, one]) => !place.includes('link') && !isRead(one));
        if (!isLost) expected += 1;
      },
    );
    await framesOf('odd', expected);
    await expectAnswers();
    const { body } = await tandem.call('GET', '/devices/odd/frames?limit=200');
    for (const { frame } of (body as { frames: { frame: string }[] }).frames) {
      const { status } = await tandem.call('GET', `/devices/odd/frames/${frame}`);
      expect(status).toBe(200);
    }
  }, 180_000);

  it('leave all metrics of the service finite', async () => {
    const headers = { authorization: `Bearer ${tandem.operatorKey}` };
    const text = await (await fetch(`${tandem.url}/metrics`, { headers })).text();
    const own = text.split('\n').filter((line) => line.startsWith('flotilla_'));
    expect(own.length).toBeGreaterThan(50);
    expect(own.filter((line) => !Number.isFinite(Number(line.split(' ').at(-1))))).toEqual([]);
  });

  it('are shown at the edges where an earlier version stored them', async () => {
    const { client } = tandem.app.get(Database);
    const source = await client.device.findUniqueOrThrow({
      where: { id: 'other' },
      include: { twins: true, profiles: true },
    });
    const { twins, profiles, ...device } = source;
    const far = (value: unknown): never => {
      const places = numberPlaces(value).filter((place) => place.at(-1) !== 'version');
      const bytes = withNumbers(value as object, new Map(places.map((one) => [one, '1e300'])));
      return JSON.parse(Buffer.from(bytes).toString('utf8')) as never;
    };
    await client.device.create({
      data: {
        ...{ ...device, id: 'stored', uplinkMsPerByte: 5e-324 },
        ...{ birth: far(device.birth), telemetry: far(device.telemetry) },
      },
    });
    const own = { deviceId: 'stored' };
    await client.blockProfile.createMany({
      data: profiles.map((one) => ({ ...one, ...own, medianMs: 1e300, spreadMs: 1e300 })),
    });
    for (const { refusal: _, ...twin } of twins) {
      const document = twin.name === 'plan' ? far(twin.document) : (twin.document as never);
      await client.twin.create({ data: { ...twin, ...own, document } });
    }
    await tandem.app.get(HistoryThread).call('insert', [farRow('stored', kind === 'sqlite')]);
    await framesOf('stored', 1);
    await answersOf('stored');
    await expectAnswers();
    const { body } = await tandem.call('GET', '/devices/stored/frames');
    expect(body).toMatchObject({ frames: [{ totalMs: 86_400_000, link: { rttMs: 60_000 } }] });
    const { frames } = body as { frames: { frame: string }[] };
    const one = await tandem.call('GET', `/devices/stored/frames/${frames[0]?.frame}`);
    expect(one.status).toBe(200);
  }, 60_000);

  /** A row as it was written before numbers had ranges; SQLite took a start that is no integer. */
  function farRow(device: string, isReal: boolean): readonly unknown[] {
    const arrival = { receivedMs: Date.now(), delayMs: 0, clockErrorMs: null };
    const row = frameRow(device, recordOf({}), arrival);
    return Object.entries(frameColumns).map(([column, columnKind], at) => {
      if (column === 'startedMs') return isReal ? -1e300 : -9e18;
      return columnKind === 'real' && row[at] !== null ? 1e300 : row[at];
    });
  }
});
