/** A history engine with a database of its own, and frames for it. */
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import type { FrameRow } from '../../../src/history/frames/frame-row.js';
import { Database } from '../../../src/platform/database/database.js';
import type { DatabaseKind } from '../../../src/platform/index.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRow, MODELS } from '../devices/generated-frames.js';
import { type OpenDatabase, openTestDatabase } from '../service/databases.js';

const DAY_MS = 86_400_000;
const [RECEIVED_MS, LATE_MS] = [3, 100];

/** Frames of some days from a time on, in the order in which they come in: most of device a, some of b, every tenth a day late. */
export function daysOfFrames(
  count: number,
  { seed, fromMs, days }: { readonly seed: number; readonly fromMs: number; readonly days: number },
): FrameRow[] {
  const random = seededRandom(seed);
  const rows = Array.from({ length: count }, (_, n) => {
    const startedMs = fromMs + Math.floor((n / count) * days * DAY_MS + random() * 60_000);
    return generatedRow(
      random,
      n,
      n % 9 === 0 ? 'b' : 'a',
      startedMs,
      n % 10 === 0 ? DAY_MS : LATE_MS,
    );
  });
  return rows.sort((a, b) => Number(a[RECEIVED_MS]) - Number(b[RECEIVED_MS]));
}

/** The models and plans that generated frames name: roll-ups count frames of all others in one bucket. */
async function createNamed({ client }: Database): Promise<void> {
  const model = { version: 1, state: 'ready', manifest: {}, bytes: 1n };
  for (const digest of MODELS) {
    const id = digest.slice(0, 8);
    await client.model.create({ data: { ...model, id, name: id, digest, documentDigest: digest } });
  }
  const plan = { name: 'plan', document: {}, causeCode: 'model', causeText: '' };
  const data = ['a', 'b'].flatMap((deviceId) =>
    [1, 2].map((version) => ({ ...plan, deviceId, version })),
  );
  await client.twin.createMany({ data });
}

/** An engine for devices a, b and c, and the database of the service that it belongs to. */
export class OwnEngine {
  private constructor(
    readonly engine: HistoryEngine,
    private readonly opened: OpenDatabase,
  ) {}

  /** Devices are enrolled before all frames, unless another time is given. */
  static async start(kind: DatabaseKind, createdAt = new Date(0)): Promise<OwnEngine> {
    const opened = await openTestDatabase(kind);
    for (const id of ['a', 'b', 'c']) {
      const data = { id, name: id, secretHash: '-', createdAt };
      await opened.database.client.device.create({ data });
    }
    await createNamed(opened.database);
    return new OwnEngine(new HistoryEngine(Database.onThread(opened.database.location)), opened);
  }

  get owner(): Database {
    return this.opened.database;
  }

  async stop(): Promise<void> {
    await this.engine.close();
    await this.opened.remove();
  }
}
