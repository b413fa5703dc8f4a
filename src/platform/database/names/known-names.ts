/**
 * Whether what a filter names exists: an answer that is empty because of a misspelled name is not the answer that nothing is there.
 *
 * Asked for answers that are empty, so that the others cost nothing. A command for a group that no device is in any more is still
 * listed under it.
 */
import { Fault, unknownDevice } from '../../../wire/index.js';
import type { Client } from '../client.js';

/** Names in a filter; absent ones do not matter. */
export interface FilterNames {
  readonly group?: string | undefined;
  readonly device?: string | undefined;
  /** Id, name or digest. */
  readonly model?: string | undefined;
  /** Of the model. */
  readonly version?: number | undefined;
}

export class KnownNames {
  private readonly client: Client;

  constructor({ client }: { readonly client: Client }) {
    this.client = client;
  }

  /** Throws GROUP_UNKNOWN, DEVICE_UNKNOWN, MODEL_UNKNOWN for a name of nothing. */
  async check({ group, device, model, version }: FilterNames): Promise<void> {
    if (group !== undefined && !(await this.isGroup(group))) {
      throw new Fault('GROUP_UNKNOWN', `group '${group}' not found: no device is in it`);
    }
    if (device !== undefined && (await this.client.device.count({ where: { id: device } })) === 0) {
      throw unknownDevice(device);
    }
    if (await this.isNoModel(model, version)) {
      const named = [model === undefined ? 'a model' : `model '${model}'`];
      if (version !== undefined) named.push(`of version ${version}`);
      throw new Fault('MODEL_UNKNOWN', `${named.join(' ')} not found`);
    }
  }

  /** A group is there as soon as a device is in it, or a key or an enrolment token that is not revoked names it: then it is empty. */
  private async isGroup(group: string): Promise<boolean> {
    const { device, apiKey, enrolmentToken } = this.client;
    if ((await device.findFirst({ where: { group }, select: { id: true } })) !== null) return true;
    if ((await enrolmentToken.count({ where: { group, revokedAt: null } })) > 0) return true;
    const keys = await apiKey.findMany({ where: { revokedAt: null }, select: { groups: true } });
    return keys.some(({ groups }) => Array.isArray(groups) && groups.includes(group));
  }

  private async isNoModel(
    model: string | undefined,
    version: number | undefined,
  ): Promise<boolean> {
    if (model === undefined && version === undefined) return false;
    // Frames of a model that was deleted stay, by its digest.
    if (model !== undefined && version === undefined && /^[0-9a-f]{64}$/.test(model)) return false;
    const named =
      model === undefined ? {} : { OR: [{ id: model }, { name: model }, { digest: model }] };
    const where = { ...named, ...(version !== undefined && { version }) };
    return (await this.client.model.findFirst({ where, select: { id: true } })) === null;
  }
}
