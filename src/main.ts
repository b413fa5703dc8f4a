/** Starts the service: environment → configuration → application → listening; then waits for a signal to stop. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { Broker } from './broker/index.js';
import {
  type Config,
  ConfigError,
  createApplication,
  exampleEnvironment,
  type Log,
  openLog,
  type Ports,
  readConfig,
  redactedConfig,
  ServiceFile,
} from './platform/index.js';
import { Fault } from './wire/index.js';

/** Time the parts have to let go, after the time they have to finish their work. */
const LETTING_GO_MS = 2_000;

/** A stray error is a bug to read about in the log, and no reason to drop every device. */
function surviveStrayErrors(log: Log): void {
  let count = 0;
  const told = (kind: string) => (err: unknown) => {
    count += 1;
    log.error({ err, kind, count }, 'an error nobody caught');
  };
  process.on('unhandledRejection', told('unhandledRejection'));
  process.on('uncaughtException', told('uncaughtException'));
  process.stdout.on('error', () => undefined);
}

function portsOf(app: NestFastifyApplication): Ports {
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string') throw new Error('HTTP has no port');
  const broker = app.get(Broker);
  return { httpPort: address.port, mqttPort: broker.port, mqttsPort: broker.tlsPort };
}

function stopOnSignal(
  app: NestFastifyApplication,
  config: Config,
  log: Log,
  file: ServiceFile,
): void {
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, 'stopping');
    const ended = Promise.all([file.remove(), app.close()]).then(() => undefined);
    const limit = sleep(config.shutdownMs + LETTING_GO_MS, 'late');
    const trouble = await Promise.race([ended, limit]).catch((error: unknown) => error);
    if (trouble !== undefined) log.error({ err: trouble }, 'did not stop cleanly');
    log.info('stopped');
    log.flush(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function addressLines({ httpPort, mqttPort, mqttsPort }: Ports): string[] {
  const s = mqttsPort === 0 ? '' : 's';
  const tcp = mqttPort === 0 ? [] : [`port ${mqttPort}`];
  const tls = mqttsPort === 0 ? [] : [`port ${mqttsPort} (TLS)`];
  return [
    `  REST  http${s}://localhost:${httpPort}/api/v1 (pages: http${s}://localhost:${httpPort}/docs)`,
    `  MQTT  ${[...tcp, ...tls].join(', ')}, or WebSocket at ws${s}://localhost:${httpPort}/mqtt`,
  ];
}

async function start(config: Config, log: Log): Promise<void> {
  surviveStrayErrors(log);
  const app = await createApplication(AppModule, config, log);
  const file = new ServiceFile(config);
  await file.remove();
  await app.listen(config.httpPort, config.host);
  const ports = portsOf(app);
  await file.write(ports);
  stopOnSignal(app, config, log, file);
  log.info({ ...ports, config: redactedConfig(config) }, 'ready');
  const lines = [
    'Flotilla is ready; Ctrl-C stops it.',
    ...addressLines(ports),
    `  data  ${resolve(config.data)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** One line for what an operator can mend, the whole error for what only we can. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof Fault) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}; stop what listens there, or choose another port.`;
  }
  if (error instanceof Error && 'syscall' in error) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

if (process.argv.includes('--help')) {
  process.stdout.write(
    `Starts the Flotilla service. It takes no flags:\n\n${exampleEnvironment()}`,
  );
  process.exit(0);
}
try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = readConfig(process.env, process.argv.slice(2));
  await start(config, openLog(config));
} catch (error) {
  process.stderr.write(`Flotilla cannot start. ${explain(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
