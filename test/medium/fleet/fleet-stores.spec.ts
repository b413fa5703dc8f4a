/** The fleet's own SQL on both databases; what Prisma writes itself is the same on both. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BulkStore } from '../../../src/fleet/bulk/bulk.store.js';
import { EnrolmentTokenStore } from '../../../src/fleet/enrolment/tokens.store.js';
import { GroupsStore } from '../../../src/fleet/groups/groups.store.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { PresenceStore } from '../../../src/fleet/presence/presence.store.js';
import { FleetStore } from '../../../src/fleet/store/devices.store.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { type RunningService, startService } from '../../support/service/service.js';

const AT = new Date('2026-01-02T03:04:05.678Z');

describe.each(databaseKinds)('stores of the fleet (%s)', (kind) => {
  let database: TestDatabase;
  let service: RunningService;
  beforeAll(async () => {
    database = await testDatabase(kind);
    service = await startService({ modules: [FleetModule], environment: database.environment });
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await database.remove();
  });

  const device = (id: string, tags: readonly string[] = []) => ({
    ...{ id, name: id, secretHash: `hash of ${id}`, access: 'approved' as const, tokenId: null },
    ...{ deadlineMs: 250, modelId: null, group: 'store', tags },
  });
  const live = (id: string) => ({
    ...{
      device: id,
      state: 'online' as const,
      stateAt: AT,
      lastSeenAt: AT,
      reason: null,
      sid: 's',
    },
    flappingUntil: AT,
  });

  it('create many devices with their tags, or none', async () => {
    const bulk = service.app.get(BulkStore);
    const fleet = service.app.get(FleetStore);
    expect(await bulk.createAll([device('s-1', ['red', 'big']), device('s-2')], AT)).toBe(true);
    const taken = { ...device('s-2', ['red']), secretHash: 'another' };
    expect(await bulk.createAll([device('s-3'), taken], AT)).toBe(false);
    expect(await bulk.existing(['s-1', 's-2', 's-3'])).toEqual(new Set(['s-1', 's-2']));
    const found = await fleet.find('s-1');
    expect(found).toMatchObject({ deadlineMs: 250, group: 'store', createdAt: AT });
    expect(found?.tags.map(({ tag }) => tag).sort()).toEqual(['big', 'red']);
    expect((await fleet.find('s-2'))?.tags).toEqual([]);
  });

  it('write the presence of many devices at once, and keep fields that are not given', async () => {
    const presence = service.app.get(PresenceStore);
    const fleet = service.app.get(FleetStore);
    await presence.writeLive([live('s-1'), live('unknown')]);
    const { flappingUntil: _, ...gone } = live('s-1');
    await presence.writeLive([{ ...gone, state: 'offline', reason: 'it left', sid: null }]);
    expect(await fleet.find('s-1')).toMatchObject({
      ...{ state: 'offline', disconnectReason: 'it left', sid: null },
      ...{ stateAt: AT, lastSeenAt: AT, flappingUntil: AT },
    });
  });

  it('list devices and groups with presence that is newer than the rows', async () => {
    const newer = {
      ...{ device: 's-2', state: 'online', lastSeenAt: AT, flappingUntil: undefined },
      ...{ agentVersion: '1.2.3', uplinkMsPerByte: undefined },
    };
    const page = { now: new Date(AT.getTime() + 1000), groups: null, limit: 10 };
    const fleet = service.app.get(FleetStore);
    const ids = async (more: object) =>
      (await fleet.page({ ...page, ...more }, [newer])).map(({ id }) => id);
    expect(await ids({ group: 'store' })).toEqual(['s-1', 's-2']);
    expect(await ids({ agent: '1.2.3' })).toEqual(['s-2']);
    expect(await ids({ tags: ['red', 'big'] })).toEqual(['s-1']);
    expect(await ids({ after: 's-1' })).toEqual(['s-2']);
    expect(await ids({ groups: ['other'] })).toEqual([]);
    const parts = await service.app.get(GroupsStore).parts([newer], 'store');
    expect(new Set(parts.map(({ state, devices }) => `${state} ${devices}`))).toEqual(
      new Set(['offline 1', 'online 1']),
    );
  });

  it('limit a token to its uses, also at the same time', async () => {
    const tokens = service.app.get(EnrolmentTokenStore);
    await tokens.create({
      ...{ id: 't', name: 't', hash: 'h', createdAt: AT, createdBy: 'a', expiresAt: AT },
      ...{ revokedAt: null, maxUses: 2, uses: 0, access: 'approved', group: null },
      ...{ tags: [], modelId: null },
    });
    const taken = await Promise.all([1, 2, 3].map(() => tokens.takeUse('t')));
    expect(taken.filter(Boolean)).toHaveLength(2);
    await tokens.giveBackUse('t');
    expect(await tokens.takeUse('t')).toBe(true);
    expect(await tokens.takeUse('t')).toBe(false);
  });
});
