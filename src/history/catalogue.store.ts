/** What the history reads of devices and models: which there are, and by which digests frames know a model. */
import type { Database } from '../platform/database/index.js';

export class CatalogueStore {
  constructor(private readonly database: Database) {}

  async hasDevice(id: string): Promise<boolean> {
    return (await this.database.client.device.count({ where: { id } })) > 0;
  }

  /** The digests of models by id, name or digest, and by version where one is given; that of a model that is gone stays known by itself. */
  async digestsOf(model: string | undefined, version: number | undefined): Promise<string[]> {
    const rows = await this.database.client.model.findMany({
      where: {
        ...(model !== undefined && { OR: [{ id: model }, { name: model }, { digest: model }] }),
        ...(version !== undefined && { version }),
      },
      select: { digest: true },
    });
    const digests = rows.map(({ digest }) => digest);
    if (model !== undefined && version === undefined) digests.push(model);
    return [...new Set(digests)];
  }
}
