/**
 * Prisma's schema engine as WebAssembly: applies migrations through the driver adapter, without a downloaded binary.
 *
 * The package only exports the loader for bundlers, so the module is instantiated here.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Node's own types leave WebAssembly to the library of the browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, object>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
};

const NO_FILTERS = { externalTables: [], externalEnums: [] };
const LOCK_FILE = { path: 'migration_lock.toml', content: 'provider = "sqlite"\n' };
const DATASOURCE = 'datasource db {\n  provider = "sqlite"\n}\n';

/** The folder `prisma` of the project, from the sources as from the build. */
export function prismaFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'prisma', 'models'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no folder 'prisma' above ${import.meta.dirname}`);
    folder = parent;
  }
  return join(folder, 'prisma');
}

let isInstantiated = false;

/** Once per process: the bindings keep one module, and a second one would read the memory of the first. */
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

function migrationsList() {
  const folder = join(prismaFolder(), 'sqlite', 'migrations');
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: folder,
    lockfile: LOCK_FILE,
    shadowDbInitScript: '',
    migrationDirectories: names.map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: readFileSync(join(folder, path, 'migration.sql'), 'utf8'),
        },
      },
    })),
  };
}

/** The engine replays a migration as one statement, of which libSQL would only run the first part: run it as a script. */
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

async function openEngine(url: string) {
  instantiate();
  const factory = bindMigrationAwareSqlAdapterFactory(new ScriptShadow({ url }));
  const datamodels: [string, string][] = [['schema.prisma', DATASOURCE]];
  return engineModule.SchemaEngine.new({ datamodels }, () => undefined, factory);
}

/** Brings the database at a `file:` URL up to date; returns the names of the migrations it applied. */
export async function applyMigrations(url: string): Promise<readonly string[]> {
  const engine = await openEngine(url);
  try {
    const list = migrationsList();
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: list,
      filters: NO_FILTERS,
    });
    return appliedMigrationNames;
  } finally {
    engine.free();
  }
}

/** The SQL that leads from the migrations to the models; an empty text when nothing is missing. */
export async function missingMigration(): Promise<string> {
  const engine = await openEngine('file::memory:');
  try {
    const folder = join(prismaFolder(), 'models');
    const files = readdirSync(folder).map((path) => ({
      path,
      content: readFileSync(join(folder, path), 'utf8'),
    }));
    const { stdout } = await engine.diff({
      from: { tag: 'migrations', ...migrationsList() },
      to: {
        tag: 'schemaDatamodel',
        files: [{ path: 'schema.prisma', content: DATASOURCE }, ...files],
      },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    const sql = stdout ?? '';
    return /^-- This is an empty migration\./.test(sql) ? '' : sql;
  } finally {
    engine.free();
  }
}
