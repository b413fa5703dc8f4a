/**
 * Structured logs: one JSON line per entry, on standard error; standard output is for people.
 *
 * Secrets are removed by field name in the first three levels of an entry.
 */
import type { LoggerService } from '@nestjs/common';
import { destination, type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from './config/config.js';

/** A pino logger; also the token it is injected by. Take a child: `log.child({ part: 'broker' })`. */
export type Log = Logger;
export const Log = Symbol('Log');

const SECRET_FIELDS = ['secret', 'key', 'operatorKey', 'password', 'authorization', 'token'];
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/** Options of every log; secrets are ***. */
export function logOptions(config: Pick<Config, 'logLevel'>): LoggerOptions {
  return { level: config.logLevel, redact: { paths: SECRET_PATHS, censor: '***' } };
}

/** The logger of a process; a closed standard error is ignored. */
export function openLog(config: Pick<Config, 'logLevel'>): Log {
  const target = destination({ dest: 2, sync: false });
  target.on('error', () => undefined);
  return pino(logOptions(config), target);
}

/** Writes messages of Nest to the log of the service, one level lower. */
export function nestLogger(log: Log): LoggerService {
  const writer =
    (level: 'debug' | 'error' | 'fatal' | 'trace' | 'warn') =>
    (message: unknown, ...rest: unknown[]): void => {
      const part = rest.at(-1);
      const fields = typeof part === 'string' ? { part } : {};
      if (message instanceof Error) log[level]({ ...fields, err: message }, message.message);
      else log[level](fields, String(message));
    };
  return {
    log: writer('debug'),
    debug: writer('debug'),
    verbose: writer('trace'),
    warn: writer('warn'),
    error: writer('error'),
    fatal: writer('fatal'),
  };
}
