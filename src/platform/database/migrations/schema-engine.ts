/**
 * Prisma's schema engine as WebAssembly: finds the next migration, without a downloaded binary. The service does not load it.
 *
 * The package only exports the loader for bundlers, so the module is instantiated here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import { type DatabaseKind, type DatabaseLocation, poolOptions } from '../location.js';
import { CataloguePg } from './catalogue-pg.js';
import { migrationsFolder, migrationsOf, prismaFolder } from './migration-list.js';

/** Node's own types leave WebAssembly to the library of the browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, object>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
};

const NO_FILTERS = { externalTables: [], externalEnums: [] };
/** A database of the kind; the engine creates a shadow database next to it for the migrations. */
const IN_MEMORY: DatabaseLocation = { kind: 'sqlite', url: 'file::memory:' };
const datasource = (kind: DatabaseKind) => `datasource db {\n  provider = "${kind}"\n}\n`;

let isInstantiated = false;

/** Instantiates once per process: the bindings hold one module, and a second one would read the memory of the first. */
function instantiate(): void {
  if (isInstantiated) return;
  isInstantiated = true;
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = readFileSync(join(dirname(entry), 'schema_engine_bg.wasm'));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    './schema_engine_bg.js': engineModule,
  });
  engineModule.__wbg_set_wasm(exports);
  const start = exports.__wbindgen_start;
  if (typeof start === 'function') start();
}

function migrationsList(kind: DatabaseKind) {
  return {
    baseDir: migrationsFolder(kind),
    lockfile: { path: 'migration_lock.toml', content: `provider = "${kind}"\n` },
    shadowDbInitScript: '',
    migrationDirectories: migrationsOf(kind).map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}

/** Runs migrations as scripts: the engine replays one as a single statement, of which libSQL runs only the first part. */
class ScriptShadow extends PrismaLibSql {
  override async connectToShadowDb() {
    const shadow = await super.connectToShadowDb();
    shadow.executeRaw = async ({ sql }) => {
      await shadow.executeScript(sql);
      return 0;
    };
    return shadow;
  }
}

type Engine = Awaited<ReturnType<typeof engineModule.SchemaEngine.new>>;

async function withEngine<T>(
  { kind, url }: DatabaseLocation,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  instantiate();
  const driver = kind === 'sqlite' ? new ScriptShadow({ url }) : new CataloguePg(poolOptions(url));
  const datamodels: [string, string][] = [['schema.prisma', datasource(kind)]];
  const factory = bindMigrationAwareSqlAdapterFactory(driver);
  const engine = await engineModule.SchemaEngine.new({ datamodels }, () => undefined, factory);
  try {
    return await work(engine);
  } finally {
    engine.free();
    if (driver instanceof CataloguePg) await driver.close();
  }
}

/** The SQL that leads from the migrations to the models; an empty text when nothing is missing. PostgreSQL needs a server to replay them on. */
export function missingMigration(location = IN_MEMORY): Promise<string> {
  return withEngine(location, async (engine) => {
    const folder = join(prismaFolder(), 'models');
    const files = readdirSync(folder).map((path) => ({
      path,
      content: readFileSync(join(folder, path), 'utf8'),
    }));
    const { stdout } = await engine.diff({
      from: { tag: 'migrations', ...migrationsList(location.kind) },
      to: {
        tag: 'schemaDatamodel',
        files: [{ path: 'schema.prisma', content: datasource(location.kind) }, ...files],
      },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    const sql = stdout ?? '';
    return /^-- This is an empty migration\./.test(sql) ? '' : sql;
  });
}
