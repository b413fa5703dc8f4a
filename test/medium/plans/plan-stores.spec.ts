/** Planning's own SQL on both databases; what Prisma writes itself is the same on both. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetModule } from '../../../src/fleet/index.js';
import { ModelsModule } from '../../../src/models/index.js';
import { PlansModule } from '../../../src/plans/index.js';
import { ShadowStore } from '../../../src/plans/shadow/shadow.store.js';
import { TwinsStore } from '../../../src/plans/state/twins.store.js';
import { Database } from '../../../src/platform/index.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { type RunningService, startService } from '../../support/service/service.js';

const AT = new Date('2026-01-02T03:04:05.678Z');

describe.each(databaseKinds)('stores of plans (%s)', (kind) => {
  let database: TestDatabase;
  let service: RunningService;
  beforeAll(async () => {
    database = await testDatabase(kind);
    service = await startService({
      modules: [FleetModule, ModelsModule, PlansModule],
      environment: database.environment,
    });
    const data = ['p-1', 'p-2'].map((id) => ({ id, name: id, secretHash: id, group: id }));
    await service.app.get(Database).client.device.createMany({ data });
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await database.remove();
  });

  it('write all blocks of a profile at once, in place of older times', async () => {
    const store = service.app.get(TwinsStore);
    const block = (name: string, medianMs: number) => ({
      ...{ digest: name.repeat(64), medianMs, spreadMs: 0.5, runs: 5 },
    });
    await store.saveProfile('p-1', [block('a', 1.5), block('b', 2)], AT);
    await store.saveProfile('p-1', [block('b', 3), block('c', 4)], AT);
    expect([...(await store.profileOf('p-1')).values()].sort()).toEqual([1.5, 3, 4]);
    expect((await store.profileOf('p-2')).size).toBe(0);
  });

  it('list the newest documents that are not applied, by pages and by group', async () => {
    const store = service.app.get(TwinsStore);
    const shadow = service.app.get(ShadowStore);
    const cause = { code: 'model', text: 'it was assigned' };
    for (const device of ['p-1', 'p-2']) {
      await store.saveVersion(device, 'model', 1, { model: null }, cause);
      await store.saveVersion(device, 'model', 2, { model: null }, cause);
    }
    const drifted = async (...page: Parameters<ShadowStore['drifted']>) =>
      (await shadow.drifted(...page)).map(({ deviceId, version }) => `${deviceId} ${version}`);
    expect(await drifted(undefined, 10, undefined)).toEqual(['p-1 2', 'p-2 2']);
    expect(await drifted('p-2', 10, undefined)).toEqual(['p-2 2']);
    expect(await drifted(undefined, 10, { device: 'p-1', name: 'model' })).toEqual(['p-2 2']);
    const report = { v: 1, version: 2, at: AT.toISOString(), state: 'applied' } as const;
    expect(await store.saveReport('p-1', 'model', report, AT)).toBe(true);
    expect(await drifted(undefined, 10, undefined)).toEqual(['p-2 2']);
  });
});
