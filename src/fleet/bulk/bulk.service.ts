/** Enrols the devices of a file: all or none of them, or those that are right. */
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { checkGroup, type Groups, hashOf, newSecret } from '../../access/index.js';
import { Clock, type ResponseOf } from '../../platform/index.js';
import { asFault, Fault } from '../../wire/index.js';
import { FleetService, newDeviceOf } from '../devices/fleet.service.js';
import type { NewDevice } from '../store/devices.store.js';
import { BulkStore } from './bulk.store.js';
import type { ListedDevice } from './device-list.js';

const SHOWN_PROBLEMS = 10;
/** Another request can take an id between the check and the write. */
const TRIES = 3;

const bulkRow = z
  .object({
    line: z.int(),
    id: z.string().exactOptional(),
    secret: z.string().exactOptional(),
    fault: z.object({ code: z.string(), detail: z.string() }).exactOptional(),
  })
  .describe('Result of a row: a device with its secret, shown only once, or an error');
export type BulkRow = ResponseOf<typeof bulkRow>;

export const bulkResult = z.object({
  created: z.int(),
  failed: z.int(),
  rows: z.array(bulkRow),
});
export type BulkResult = ResponseOf<typeof bulkResult>;

interface Good {
  readonly line: number;
  readonly device: NewDevice;
  readonly secret: string;
}
interface Bad {
  readonly line: number;
  readonly problem: Fault;
}

@Injectable()
export class Bulk {
  constructor(
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(BulkStore) private readonly store: BulkStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Throws REQUEST_INVALID naming the lines when all or none are asked for and some are wrong. */
  async enrol(
    listed: readonly ListedDevice[],
    groups: Groups,
    isAllOrNone: boolean,
  ): Promise<BulkResult> {
    const models = await this.modelsOf(listed);
    const judged = listed.map((row) => judge(row, groups, models));
    for (let i = 0; i < TRIES; i++) {
      const rows = await this.withoutTaken(judged);
      const good = rows.filter((row) => 'device' in row);
      const bad = rows.filter((row) => 'problem' in row);
      if (isAllOrNone && bad.length > 0) throw refusal(bad);
      if (good.length > 0 && !(await this.write(good))) continue;
      return { created: good.length, failed: bad.length, rows: rows.map(bulkRowOf) };
    }
    throw new Fault('DEVICE_EXISTS', 'others take the same ids at the same time; try again');
  }

  /** False when one of the ids is taken by now; then nothing is written. */
  private async write(good: readonly Good[]): Promise<boolean> {
    const devices = good.map(({ device }) => device);
    if (!(await this.store.createAll(devices, this.clock.now()))) return false;
    for (const device of devices) this.fleet.added(device);
    return true;
  }

  private async withoutTaken(rows: readonly (Good | Bad)[]): Promise<(Good | Bad)[]> {
    const ids = rows.flatMap((row) => ('device' in row ? [row.device.id] : []));
    const taken = await this.store.existing(ids);
    return rows.map((row) => {
      if (!('device' in row) || !taken.has(row.device.id)) return row;
      const text = `id: there is a device '${row.device.id}' already`;
      return { line: row.line, problem: new Fault('DEVICE_EXISTS', text) };
    });
  }

  /** The models that are named, each looked at once: their ids, or what is wrong with them. */
  private async modelsOf(listed: readonly ListedDevice[]): Promise<Map<string, string | Fault>> {
    const named = listed.flatMap((row) => ('request' in row ? [row.request.model] : []));
    const models = new Map<string, string | Fault>();
    for (const model of new Set(named)) {
      if (model === undefined) continue;
      const found = await this.fleet.readyModel(model).catch((error: unknown) => {
        // Only what is wrong with the model is a problem of its rows: a disk or a database that fails is one of the request.
        if (!(error instanceof Fault)) throw error;
        return error;
      });
      models.set(model, found);
    }
    return models;
  }
}

function judge(
  row: ListedDevice,
  groups: Groups,
  models: ReadonlyMap<string, string | Fault>,
): Good | Bad {
  if ('problem' in row) return row;
  const { line, request } = row;
  const model = models.get(request.model ?? '');
  if (model instanceof Fault) return { line, problem: model };
  const problem = groupProblem(groups, request.group ?? null);
  if (problem !== undefined) return { line, problem };
  const secret = newSecret();
  return {
    line,
    secret,
    device: newDeviceOf({ ...request, model }, { secretHash: hashOf(secret), access: 'approved' }),
  };
}

function groupProblem(groups: Groups, group: string | null): Fault | undefined {
  try {
    checkGroup(groups, group);
    return undefined;
  } catch (error) {
    return asFault(error);
  }
}

function bulkRowOf(row: Good | Bad): BulkRow {
  const { line } = row;
  if ('device' in row) return { line, id: row.device.id, secret: row.secret };
  return { line, fault: { code: row.problem.code, detail: row.problem.message } };
}

function refusal(bad: readonly Bad[]): Fault {
  const shown = bad
    .slice(0, SHOWN_PROBLEMS)
    .map(({ line, problem }) => `line ${line}: ${problem.message}`);
  const more = bad.length - SHOWN_PROBLEMS;
  const text = `no device was enrolled: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  return new Fault('REQUEST_INVALID', text);
}
