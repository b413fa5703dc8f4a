/** Plans explained and replayed over REST, with a real broker, database and model. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { planCommand } from '../../../src/cli/plan/plan.js';
import type { Comparison } from '../../../src/replay/index.js';
import { cutsOf, rowsOfPlan } from '../../../src/wire/index.js';
import { linkOf, type PlayedDevice } from '../../support/devices/played-device.js';
import { Tandem } from '../../support/service/tandem.js';
import { waitFor } from '../../support/wait-for.js';

let tandem: Tandem;
let device: PlayedDevice;
const ID = 'explained';

beforeAll(async () => {
  tandem = await Tandem.start();
  const model = await tandem.addModel('tiny-fork');
  device = await (await tandem.enrol(ID, model))();
  await device.introduce(await device.model(), 30, 5.85, 'tensor');
}, 60_000);
afterAll(async () => {
  await device.leave();
  await tandem.stop();
});

describe('a plan', () => {
  it('carries the rows of its plan table, one of which sends nothing', async () => {
    const plan = await device.plan();
    const rows = rowsOfPlan(plan);
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.some(({ times }) => times.uploads.length === 0)).toBe(true);
    expect(cutsOf(plan).length).toBe(rows.length);
    const blocks = new Set([...plan.device, ...plan.cloud]);
    for (const { device: here, cloud } of cutsOf(plan)) {
      expect(new Set([...here, ...cloud])).toEqual(blocks);
    }
  });

  it('is explained: candidates by stage, why this one, and the next breakpoints', async () => {
    const plan = await device.plan();
    const { status, body } = await tandem.call('GET', `/devices/${ID}/plan/explain`);
    expect(status).toBe(200);
    const explained = body as {
      because: string;
      follows: number;
      candidates: { cut: number; predicted: { totalMs: number } }[];
      breakpoints: { slower: { uplinkMbps: number } | null; faster: { uplinkMbps: number } | null };
    };
    expect(explained.candidates.length).toBe(cutsOf(plan).length);
    const totals = explained.candidates.map(({ predicted }) => predicted.totalMs);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    expect(explained.because).toMatch(/ms.*uplink 5\.85 Mbps/);
    expect(explained.breakpoints.slower?.uplinkMbps ?? 0).toBeLessThan(5.85);
  });

  it('is found again by `flotilla plan --from-device`, from the device as measured', async () => {
    vi.stubEnv('FLOTILLA_OPERATOR_KEY', tandem.operatorKey);
    const run = async (...args: string[]) => {
      const said = { out: '', err: '' };
      const code = await planCommand([...args, '--url', tandem.url], {
        stdout: { write: (text: string) => (said.out += text) },
        stderr: { write: (text: string) => (said.err += text) },
        stdin: Readable.from([]),
      });
      return { code, ...said };
    };
    const plan = await device.plan();
    const { code, out } = await run('--from-device', ID, '--json');
    expect(code).toBe(0);
    const { device: units } = JSON.parse(out) as { device: string[] };
    const blocks = units.filter((id) => !id.startsWith('input:'));
    expect(blocks).toHaveLength(plan.device.length);
    const front = await run('--from-device', ID, '--front');
    expect(front).toMatchObject({ code: 0, out: expect.stringMatching(/^frames\/s +interval/) });
    expect(await run('--from-device', 'nothing-here')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--from-device: the service answers 404: .*nothing-here/),
    });
    vi.unstubAllEnvs();
  });

  it('shows over REST the cut that the device chose by itself', async () => {
    const { version } = await device.plan();
    const at = new Date().toISOString();
    await device.send('reportedPlan', { v: 1, version, at, state: 'applied' });
    await device.send('reportedPlan', { v: 1, version, at, state: 'applied', cut: 1 });
    await waitFor(async () => {
      const { body } = await tandem.call('GET', `/devices/${ID}/plan`);
      expect(body).toMatchObject({
        reported: { state: 'applied' },
        explanation: { follows: { cut: 1 } },
      });
    });
  });

  it('is replayed over a trace under every policy', async () => {
    await device.reportLink(linkOf(5.85));
    const trace = { uplink: 'LTE short', seconds: 60, seed: 3 };
    const { status, body } = await tandem.call('POST', '/what-if', { device: ID, trace });
    expect(status).toBe(200);
    const { policies } = body as { policies: Comparison };
    expect(policies.adaptive.frames).toBeGreaterThan(50);
    expect(policies.adaptive.meanMs).toBeGreaterThanOrEqual(policies.clairvoyant.meanMs);
    const again = await tandem.call('POST', '/what-if', { device: ID, trace });
    expect(again.body).toEqual(body);
  });

  it('is replayed for its deadline and its price of bytes', async () => {
    const ask = async () => {
      const trace = { uplink: 'LTE short', seconds: 60, seed: 3 };
      const { body } = await tandem.call('POST', '/what-if', { device: ID, trace });
      return (body as { policies: Comparison }).policies.adaptive;
    };
    const setLimits = async (limits: object) => {
      const before = await device.plan();
      await tandem.call('PATCH', `/devices/${ID}`, { limits });
      await device.plan(({ version }) => version > before.version);
    };
    const free = await ask();
    expect(free.late).toBeUndefined();
    await setLimits({ bytesPrice: 10_000 });
    expect((await ask()).bytesPerFrame).toBeLessThan(free.bytesPerFrame);
    await setLimits({ bytesPrice: null, deadline: { deadlineMs: 1, risk: 0.05 } });
    const hopeless = await ask();
    expect(hopeless.late).toBe(hopeless.frames);
    await setLimits({ deadline: null });
  });

  it('returns 400 with the reason for an invalid trace', async () => {
    const ask = async (request: object) => {
      const { status, body } = await tandem.call('POST', '/what-if', { device: ID, ...request });
      return [status, (body as { detail: string }).detail];
    };
    expect(await ask({})).toEqual([400, expect.stringContaining('specify exactly one of')]);
    expect(await ask({ trace: { points: [[5, 1]] } })).toEqual([
      400,
      expect.stringContaining('begin at 0'),
    ]);
    expect(await ask({ recorded: {} })).toEqual([
      400,
      expect.stringContaining('no recorded frame'),
    ]);
    expect(await ask({ trace: { uplink: 'Wi-Fi office', seconds: 3600 }, periodMs: 10 })).toEqual([
      400,
      expect.stringContaining('exceed the limit'),
    ]);
  });
});
