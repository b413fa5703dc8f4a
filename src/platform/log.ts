/**
 * Structured logs on standard error; standard output is for people.
 *
 * An entry is a line for people on a terminal, and a line of JSON elsewhere. Secrets are removed by field name in the first three levels.
 */
import { isatty } from 'node:tty';
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, destination, type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from './config/config.js';
import { readableLines } from './readable-log.js';

/** A pino logger; also the token it is injected by. Take a child: `log.child({ part: 'broker' })`. */
export type Log = Logger;
export const Log = Symbol('Log');

const SECRET_FIELDS = ['secret', 'key', 'operatorKey', 'password', 'authorization', 'token'];
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
const STDERR = 2;

/** Options of every log; secrets are ***. */
export function logOptions(config: Pick<Config, 'logLevel'>): LoggerOptions {
  return { level: config.logLevel, redact: { paths: SECRET_PATHS, censor: '***' } };
}

/** The logger of a process; a closed standard error is ignored. Without a format, a terminal decides. */
export function openLog(
  config: Pick<Config, 'logLevel'> & Partial<Pick<Config, 'logFormat'>>,
): Log {
  const target = destination({ dest: STDERR, sync: false });
  target.on('error', () => undefined);
  const isTerminal = isatty(STDERR);
  const { logFormat = 'auto' } = config;
  const isText = logFormat === 'text' || (logFormat === 'auto' && isTerminal);
  return pino(logOptions(config), isText ? readable(target, isTerminal) : target);
}

/** The same target, which is given lines for people. */
function readable(target: ReturnType<typeof destination>, isTerminal: boolean): DestinationStream {
  // By NO_COLOR (no-color.org), NODE_DISABLE_COLORS and TERM.
  const hasColors = isTerminal && process.stderr.hasColors();
  const lineOf = readableLines({ hasColors, hasDate: !isTerminal });
  return {
    write: (line) => void target.write(lineOf(line)),
    flush: (done?: (error?: Error) => void) => target.flush(done),
    flushSync: () => target.flushSync(),
  } as DestinationStream;
}
/** Parts of Nest that log an error and also throw it: the start reports it in one sentence. */
const THROWING_PARTS = ['ExceptionHandler', 'NestApplication'];

/** Writes messages of Nest to the log of the service, one level lower; errors that are thrown as well at debug. */
export function nestLogger(log: Log): LoggerService {
  const writer =
    (level: 'debug' | 'error' | 'fatal' | 'trace' | 'warn') =>
    (message: unknown, ...rest: unknown[]): void => {
      const part = rest.at(-1);
      const fields = typeof part === 'string' ? { part } : {};
      // The bundler adds signs to the name of a class, as in `_ExceptionHandler` or `NestApplication2`.
      const name = String(part).replace(/^_+|\d+$/g, '');
      const own = THROWING_PARTS.includes(name) ? 'debug' : level;
      if (message instanceof Error) log[own]({ ...fields, err: message }, message.message);
      else log[own](fields, String(message));
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
