/** What was measured on, when and by which command: figures without these are worth nothing. */
import { cpus, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly gigabytes: number;
  readonly node: string;
  readonly date: string;
  /** The command to repeat it. */
  readonly command: string;
}

export function machineOf(command: string): Machine {
  const [first] = cpus();
  return {
    processor: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    gigabytes: Math.round(totalmem() / 1e9),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    command,
  };
}
