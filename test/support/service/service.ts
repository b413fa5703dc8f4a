/** A part of the service, really running: its Nest modules, a database in a folder of its own, and free ports. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { type Clock, createApplication, readConfig } from '../../../src/platform/index.js';
import { type TestDatabase, testDatabase } from './databases.js';
import { checkAnswers } from './described-service.js';

export interface RunningService {
  readonly app: NestFastifyApplication;
  /** Where REST answers, such as http://127.0.0.1:40123. */
  readonly url: string;
  readonly data: string;
  /** Every line that was logged so far, as JSON text. */
  readonly logged: readonly string[];
  /**
   * Stops it; the data folder goes too, unless it is to be used again. Rejects when an answer was not as the service's own
   * description of its interface says.
   */
  stop(keep?: { readonly data: boolean }): Promise<void>;
}

interface Start {
  readonly modules: readonly (Type | DynamicModule)[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A folder another run has left. */
  readonly data?: string;
  /** The time it goes by, such as `scaled(10)`; that of the machine by default. */
  readonly clock?: Clock;
  /** A last word before routes are registered. */
  readonly beforeListening?: (app: NestFastifyApplication) => void;
}

/** The databases of data folders, where FLOTILLA_TEST_DATABASE says that every service of a test uses PostgreSQL. */
const databases = new Map<string, Promise<TestDatabase>>();

async function chosenDatabase(folder: string): Promise<Readonly<Record<string, string>>> {
  if (process.env.FLOTILLA_TEST_DATABASE !== 'postgresql') return {};
  const database = databases.get(folder) ?? testDatabase('postgresql');
  databases.set(folder, database);
  return (await database).environment;
}

/** Starts modules on the platform; settings are those of the environment given, everything else by default. */
export async function startService({
  modules,
  environment,
  data,
  clock,
  beforeListening,
}: Start): Promise<RunningService> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'flotilla-test-')));
  const config = readConfig({
    ...(environment?.DATABASE_URL === undefined && (await chosenDatabase(folder))),
    FLOTILLA_HOST: '127.0.0.1',
    FLOTILLA_HTTP_PORT: '0',
    FLOTILLA_MQTT_PORT: '0',
    FLOTILLA_DATA: folder,
    ...environment,
  });
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void logged.push(line) });
  @Module({ imports: [...modules] })
  class Root {}
  const app = await createApplication(Root, config, log, clock);
  const undescribed = checkAnswers(app);
  beforeListening?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    data: folder,
    logged,
    async stop(keep) {
      await app.close();
      if (keep?.data !== true) {
        await rm(folder, { recursive: true, force: true });
        await (await databases.get(folder))?.remove();
        databases.delete(folder);
      }
      if (undescribed.length > 0) throw new Error(undescribed.join('\n'));
    },
  };
}
