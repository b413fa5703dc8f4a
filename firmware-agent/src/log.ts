/**
 * One line per event on standard error; frames go to standard output. On a terminal the lines are text, elsewhere JSON with the fields
 * of the service's log (pino): level, time in ms since 1970, msg.
 */
import { type AgentLogLevel, agentLogLevels } from '../../src/wire/index.js';

export const logLevels = agentLogLevels;
export type LogLevel = AgentLogLevel;

export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** A log whose least level can be changed while it is written. */
export interface LeveledLog extends Log {
  setLevel(level: LogLevel): void;
}

export const logFormats = ['auto', 'text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

/** A function from an event to its line. */
export type LineOf = (level: LoggedLevel, text: string) => string;
type LoggedLevel = Exclude<LogLevel, 'silent'>;

/** Numbers of pino, and colours of terminals (ISO 6429, SGR). */
const LEVELS: Record<LoggedLevel, { readonly number: number; readonly colour: number }> = {
  debug: { number: 20, colour: 34 },
  info: { number: 30, colour: 32 },
  warn: { number: 40, colour: 33 },
  error: { number: 50, colour: 31 },
};
/** Would rewrite a terminal. Texts come from the cloud, too. */
const CONTROL = /\p{Cc}/gu;

/** The lines that fit a stream. Colours are only on a terminal, and not with NO_COLOR. */
export function linesFor(format: LogFormat, stream: LogStream): LineOf {
  const isTerminal = stream.isTTY === true;
  if (format === 'json' || (format === 'auto' && !isTerminal)) return jsonLine;
  return isTerminal && stream.hasColors?.() === true ? colouredLine : textLine;
}

interface LogStream {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

const jsonLine: LineOf = (level, msg) =>
  JSON.stringify({ level: LEVELS[level].number, time: Date.now(), msg });

const textLine: LineOf = (level, text) =>
  `${new Date().toISOString()} ${level.padEnd(5)} ${escaped(text)}`;

const colouredLine: LineOf = (level, text) => {
  const at = `\u001b[90m${new Date().toISOString()}\u001b[39m`;
  return `${at} \u001b[${LEVELS[level].colour}m${level.padEnd(5)}\u001b[39m ${escaped(text)}`;
};

function escaped(text: string): string {
  return text.replace(CONTROL, (letter) => JSON.stringify(letter).slice(1, -1));
}

/** A log that writes lines of a level and above. */
export function createLog(
  level: LogLevel,
  write: (line: string) => void,
  lineOf: LineOf = textLine,
): LeveledLog {
  let least = logLevels.indexOf(level);
  const at =
    (name: LoggedLevel) =>
    (text: string): void => {
      if (logLevels.indexOf(name) < least) return;
      write(`${lineOf(name, withoutCredentials(text))}\n`);
    };
  return {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    setLevel: (next) => {
      least = logLevels.indexOf(next);
    },
  };
}

/** The sentence of any thrown value, without its stack. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The text with no user and no password in its addresses: up to the last @, since a password that is not encoded may hold others. */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z\d+.-]*:\/\/)[^\s'"]*@/gi, '$1');
}
