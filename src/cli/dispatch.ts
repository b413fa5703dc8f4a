/** Dispatches a command line; each command is loaded only when it is called. */
import type { PlanStreams } from './plan/plan.js';
import { UsageError } from './usage.js';

const USAGE = `usage: flotilla COMMAND …
  plan    solve planning instances: which layers run where, what is sent when
  replay  simulate frames over a bandwidth trace, under one or all policies
  model   check a model file at every cut; write the reference networks
  db      check, back up and restore an embedded database; copy it into PostgreSQL
  key     make an operator key, when all are lost
Every command accepts --help.
`;

type Command = (args: readonly string[], io: PlanStreams) => Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  plan: async () => (await import('./plan/plan.js')).planCommand,
  replay: async () => (await import('./replay.js')).replayCommand,
  model: async () => (await import('./model.js')).modelCommand,
  db: async () => (await import('./db.js')).dbCommand,
  key: async () => (await import('./key.js')).keyCommand,
};

/** Runs a command line and resolves to its exit code; 2, with one line on standard error, for invalid arguments. */
export async function dispatch(args: readonly string[], io: PlanStreams): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === 'help') {
    io.stdout.write(USAGE);
    return 0;
  }
  try {
    const load = name === undefined ? undefined : COMMANDS[name];
    if (load === undefined) {
      const given = name === undefined ? 'missing command' : `unknown command '${name}'`;
      throw new UsageError(`${given}; commands: ${Object.keys(COMMANDS).join(', ')}`);
    }
    return await (await load())(rest, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`flotilla: ${error.message} (see flotilla --help)\n`);
    return 2;
  }
}
