/**
 * Starts the service: environment → configuration → service.
 *
 * The service is loaded after the configuration is read, so that a wrong setting is reported at once. Signals have an
 * effect before anything else is loaded.
 */
import './early-signals.js';
import { existsSync } from 'node:fs';
import {
  type Config,
  ConfigError,
  exampleEnvironment,
  readConfig,
} from './platform/config/index.js';

function configuration(): Config {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    return readConfig(process.env, process.argv.slice(2));
  } catch (error) {
    fail(
      error instanceof Error ? error.message : String(error),
      error instanceof ConfigError ? 2 : 1,
    );
  }
}

function fail(reason: string, code: number): never {
  process.stderr.write(`Flotilla cannot start. ${reason}\n`);
  process.exit(code);
}

if (process.argv.includes('--help')) {
  process.stdout.write(
    `Starts the Flotilla service. It takes no flags:\n\n${exampleEnvironment()}`,
  );
  process.exit(0);
}
const config = configuration();
const { explain, start } = await import('./service.js');
await start(config).catch((error: unknown) => fail(explain(error, config), 1));
