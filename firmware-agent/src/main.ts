/** Entry of the one-file build, for both threads: reads the settings, runs the agent, turns signals into a quiet end. */
import { isMainThread } from 'node:worker_threads';
import { Fault, type FaultKind } from '../../src/wire/index.js';
import { Agent } from './agent.js';
import { enrol } from './cloud/rest/enrol.js';
import { serveCompute } from './compute/compute-thread.js';
import { ownFolder } from './disk/own-folder.js';
import { createLog, errorText, linesFor, withoutCredentials } from './log.js';
import { readSettings } from './settings/read-settings.js';
import { helpText } from './settings/settings-help.js';
import { AGENT_VERSION } from './version.js';

/** What is wrong with the settings, or with what the cloud knows of this device. */
const NOT_TO_BE_HAD: readonly FaultKind[] = ['invalid', 'stale'];

/** How long an agent that failed may take to end. */
const BROKEN_END_MS = 5000;

/** True from the first signal on. */
let isStopping = false;

const print = (text: string): boolean => process.stdout.write(text);
const printError = (text: string): boolean => process.stderr.write(text);

async function main(): Promise<number> {
  const reading = readSettings(process.argv.slice(2), process.env);
  switch (reading.kind) {
    case 'help':
      print(helpText());
      return 0;
    case 'version':
      print(`${AGENT_VERSION}\n`);
      return 0;
    case 'problems':
      for (const problem of reading.problems) printError(`flotilla-agent: ${problem}\n`);
      printError('flotilla-agent: see flotilla-agent --help\n');
      return 2;
    case 'settings': {
      const { settings } = reading;
      const lineOf = linesFor(settings.logFormat, process.stderr);
      const log = createLog(settings.logLevel, printError, lineOf);
      // Before the first secret is in it.
      ownFolder(settings.data, log);
      await enrol(settings, log);
      return runAgents(() => {
        return new Agent(settings, { computeEntry: new URL(import.meta.url), log, print });
      });
    }
  }
}

/** Runs an agent, and another after a restart command; under systemd the process ends and systemd starts the installed version. */
async function runAgents(create: () => Agent): Promise<number> {
  let agent = create();
  stopOnSignal(() => agent);
  for (;;) {
    const code = await agent.run();
    const isSupervised = process.env.INVOCATION_ID !== undefined;
    if (!agent.isToRestart || isSupervised || isStopping) return code;
    agent = create();
  }
}

/** The first signal ends in order; a second one ends at once, which the ledger survives. */
function stopOnSignal(running: () => Agent): void {
  const stop = (): void => {
    if (isStopping) process.kill(process.pid, 'SIGKILL');
    isStopping = true;
    running().end();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

if (isMainThread) {
  // A reader of the frames that goes away (`| head`) ends the agent as a signal would.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'));
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      printError(`flotilla-agent: ${withoutCredentials(errorText(error))}\n`);
      process.exitCode = error instanceof Fault && NOT_TO_BE_HAD.includes(error.kind) ? 2 : 1;
      // What a broken end leaves open must not keep a dead agent: who watches over it starts another.
      setTimeout(() => process.exit(), BROKEN_END_MS).unref();
    },
  );
} else serveCompute();
