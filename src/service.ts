/** The service as a process: application → listening → stop on a signal. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { OperatorKeys } from './access/index.js';
import { AppModule } from './app.module.js';
import { Broker } from './broker/index.js';
import { stopInOrder } from './early-signals.js';
import { databaseTroubleOf } from './platform/database/index.js';
import {
  Clock,
  type Config,
  createApplication,
  hasNoRoom,
  LimitedLog,
  type Log,
  listenFault,
  messageOf,
  noRoomText,
  openLog,
  type Ports,
  redactedConfig,
  ServiceFile,
} from './platform/index.js';
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
  stopInOrder((signal) => void stop(signal));
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

/** The file only says where the service listens: on a full disk the service serves without it. */
async function writePorts(file: ServiceFile, ports: Ports, log: Log): Promise<void> {
  try {
    await file.write(ports);
  } catch (error) {
    if (fileFaultOf(error) === undefined) throw error;
    await file.remove();
    log.error({ err: error }, 'service.json not written');
  }
}

/** Opens the HTTP port; throws CONFIG_INVALID with the setting and what to do. */
async function listen(app: NestFastifyApplication, { httpPort: port, host }: Config) {
  // Errors of the parts are not those of the port.
  await app.init();
  await app.listen(port, host).catch((error: unknown) => {
    throw listenFault(error, { setting: 'FLOTILLA_HTTP_PORT', host, port });
  });
}

/**
 * Prints the first operator key, where no operator has one. Only now, when the service can be reached: a start that fails prints none.
 * The key counts as printed when the system has its text; until then the next start makes another one.
 */
async function printFirstKey(keys: OperatorKeys, log: Log): Promise<void> {
  const first = await keys.makeFirst();
  if (first === undefined) return;
  const lines = [
    `Operator key: ${first.key}`,
    '  Keep it: it opens the REST interface, and is not shown again.',
    ...(first.isSecond ? ['  It replaces the key of an earlier start that did not finish.'] : []),
    '  If it is lost, stop the service and run: npx flotilla key new',
  ];
  const text = `${lines.join('\n')}\n`;
  try {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
    await first.printed();
  } catch (error) {
    log.warn({ err: error }, 'first operator key not printed; the next start makes another one');
  }
}

/** Starts the service and prints where it listens; rejects when a part cannot start. */
export async function start(config: Config): Promise<void> {
  const log = openLog(config);
  try {
    await open(config, log);
  } catch (error) {
    // A bug: its stack is for the log, its sentence for the person who starts the service.
    if (expectedText(error, config) === undefined) log.fatal({ err: error }, 'start failed');
    throw error;
  }
}

async function open(config: Config, log: Log): Promise<void> {
  surviveStrayErrors(log);
  const app = await createApplication(AppModule, config, log);
  const file = new ServiceFile(config);
  await file.remove();
  await listen(app, config);
  const ports = portsOf(app);
  stopOnSignal(app, config, log, file);
  await writePorts(file, ports, log);
  await printFirstKey(app.get(OperatorKeys), log).catch(async (error: unknown) => {
    await file.remove();
    throw error;
  });
  log.info({ ...ports, config: redactedConfig(config) }, 'ready');
  const lines = [
    'Flotilla is ready; Ctrl-C stops it.',
    ...addressLines(ports),
    `  data  ${resolve(config.data)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Why the service cannot start, as one sentence without a stack. */
export function explain(error: unknown, config: Pick<Config, 'data'>): string {
  const [line = ''] = messageOf(error).trim().split('\n');
  return expectedText(error, config) ?? `Unexpected error: ${line}. The log has its stack.`;
}

/** Of a PostgreSQL user who may read, but not create the tables (SQLSTATE 42501; since PostgreSQL 15 the default of schema public). */
const DENIED = /permission denied for \w+ [\w"]+/i;

/** The sentence of an error that an operator can fix; undefined for a bug. */
function expectedText(error: unknown, { data }: Pick<Config, 'data'>): string | undefined {
  const [denied] = DENIED.exec(messageOf(error)) ?? [];
  if (denied !== undefined) {
    return `DATABASE_URL: ${denied}; grant the user of the URL USAGE and CREATE there`;
  }
  if (error instanceof Fault) return error.message;
  const trouble = databaseTroubleOf(error);
  if (trouble?.isOfServer === true) return `${capitalised(trouble.text)}.`;
  if (hasNoRoom(error)) return noRoomText(resolve(data));
  if (trouble !== undefined) return `${capitalised(trouble.text)}.`;
  if (error instanceof Error && 'syscall' in error) return error.message;
  return undefined;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
