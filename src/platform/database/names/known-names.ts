/**
 * Whether what a filter names exists: an answer that is empty because of a misspelled name is not the answer that nothing is there.
 *
 * Asked for answers that are empty, so that the others cost nothing. A command for a group that no device is in any more is still
 * listed under it.
 */
import { Fault, unknownDevice } from '../../../wire/index.js';
import type { Client } from '../client.js';
import { ModelReferences } from '../references/model-references.store.js';

/** Names in a filter; absent ones do not matter. */
export interface FilterNames {
  readonly group?: string | undefined;
  readonly device?: string | undefined;
  /** Id, digest, name or `name@version`. */
  readonly model?: string | undefined;
  /** Of the model. */
  readonly version?: number | undefined;
}

export class KnownNames {
  private readonly client: Client;
  private readonly models: ModelReferences;

  constructor({ client }: { readonly client: Client }) {
    this.client = client;
    this.models = new ModelReferences({ client });
  }

  /** Throws GROUP_UNKNOWN, DEVICE_UNKNOWN, MODEL_UNKNOWN for a name of nothing. */
  async check({ group, device, model, version }: FilterNames): Promise<void> {
    if (group !== undefined && !(await this.isGroup(group))) {
      throw new Fault('GROUP_UNKNOWN', `group '${group}' not found: no device is in it`);
    }
    if (device !== undefined && (await this.client.device.count({ where: { id: device } })) === 0) {
      throw unknownDevice(device);
    }
    await this.checkModel(model, version);
  }

  /** A group is there as soon as a device is in it, or a key or an enrolment token that is not revoked names it: then it is empty. */
  private async isGroup(group: string): Promise<boolean> {
    const { device, apiKey, enrolmentToken } = this.client;
    if ((await device.findFirst({ where: { group }, select: { id: true } })) !== null) return true;
    if ((await enrolmentToken.count({ where: { group, revokedAt: null } })) > 0) return true;
    const keys = await apiKey.findMany({ where: { revokedAt: null }, select: { groups: true } });
    return keys.some(({ groups }) => Array.isArray(groups) && groups.includes(group));
  }

  private async checkModel(model: string | undefined, version: number | undefined): Promise<void> {
    // A digest that no model has is known: frames of a model that was deleted stay under it.
    const named = model === undefined ? undefined : await this.models.filtered(model);
    if (version === undefined) return;
    const isKnown =
      named?.some((one) => one.version === version) ?? (await this.isVersion(version));
    if (isKnown) return;
    const name = model === undefined ? 'a model' : `model '${model}'`;
    throw new Fault('MODEL_UNKNOWN', `${name} of version ${version} not found`);
  }

  private async isVersion(version: number): Promise<boolean> {
    const where = { version, state: 'ready' };
    return (await this.client.model.findFirst({ where, select: { id: true } })) !== null;
  }
}
