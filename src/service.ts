/** The service as a process: application → listening → stop on a signal. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { Broker } from './broker/index.js';
import {
  Clock,
  type Config,
  createApplication,
  LimitedLog,
  type Log,
  openLog,
  type Ports,
  redactedConfig,
  ServiceFile,
} from './platform/index.js';
import { databaseTroubleOf } from './platform/database/index.js';
import { Fault, fileFaultOf } from './wire/index.js';

/** Time to close, after the time to finish running work. */
const CLOSE_MS = 2_000;

/** Logs uncaught errors: one is a bug to fix, and no reason to disconnect every device. */
function surviveStrayErrors(log: Log): void {
  const lines = new LimitedLog(log, new Clock());
  let count = 0;
  const report = (kind: string) => (err: unknown) => {
    count += 1;
    lines.error({ err, kind, count }, 'uncaught error');
  };
  process.on('unhandledRejection', report('unhandledRejection'));
  process.on('uncaughtException', report('uncaughtException'));
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
    const limit = sleep(config.shutdownMs + CLOSE_MS, 'late');
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

/** The file only tells others where the service listens: on a full disk the service serves without it. */
async function writePorts(file: ServiceFile, ports: Ports, log: Log): Promise<void> {
  try {
    await file.write(ports);
  } catch (error) {
    if (fileFaultOf(error) === undefined) throw error;
    await file.remove();
    log.error({ err: error }, 'service.json not written');
  }
}

/** Starts the service and prints where it listens; rejects when a part cannot start. */
export async function start(config: Config): Promise<void> {
  const log = openLog(config);
  surviveStrayErrors(log);
  const app = await createApplication(AppModule, config, log);
  const file = new ServiceFile(config);
  await file.remove();
  await app.listen(config.httpPort, config.host);
  const ports = portsOf(app);
  await writePorts(file, ports, log);
  stopOnSignal(app, config, log, file);
  log.info({ ...ports, config: redactedConfig(config) }, 'ready');
  const lines = [
    'Flotilla is ready; Ctrl-C stops it.',
    ...addressLines(ports),
    `  data  ${resolve(config.data)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** One line for an error that an operator can fix; the stack for a bug. */
export function explain(error: unknown): string {
  if (error instanceof Fault) return error.message;
  const trouble = databaseTroubleOf(error);
  if (trouble !== undefined) return `${capitalised(trouble.text)}.`;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}; stop what listens there, or choose another port.`;
  }
  if (error instanceof Error && 'syscall' in error) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
