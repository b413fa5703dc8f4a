/** One line per event on standard error; frames go to standard output. */
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

/** A log that writes lines of a level and above. */
export function createLog(level: LogLevel, write: (line: string) => void): LeveledLog {
  let least = logLevels.indexOf(level);
  const at =
    (name: LogLevel) =>
    (text: string): void => {
      if (logLevels.indexOf(name) < least) return;
      write(`${new Date().toISOString()} ${name.padEnd(5)} ${text}\n`);
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
