/** Entry of the one-file build, for both threads: reads the settings, runs the agent, turns signals into a quiet end. */
import { isMainThread } from 'node:worker_threads';
import { Fault, type FaultKind } from '../../src/wire/index.js';
import { Agent } from './agent.js';
import { enrol } from './cloud/rest/enrol.js';
import { serveCompute } from './compute/compute-thread.js';
import { ownFolder } from './disk/own-folder.js';
import { createLog, errorText, linesFor, withoutCredentials } from './log.js';
import { leave } from './process-end.js';
import { readSettings } from './settings/read-settings.js';
import { helpText } from './settings/settings-help.js';
import { AGENT_VERSION } from './version.js';

/** What is wrong with the settings, or with what the cloud knows of this device. */
const NOT_TO_BE_HAD: readonly FaultKind[] = ['invalid', 'stale'];

/** True after an error that no part caught. */
let isBroken = false;

const print = (text: string): boolean => process.stdout.write(text);
const printError = (text: string): boolean => process.stderr.write(text);

const onStandardError = {
  error: (text: string) => void printError(`flotilla-agent: ${withoutCredentials(text)}\n`),
};

async function main(stop: AbortSignal): Promise<number> {
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
      await enrol(settings, log, stop);
      const host = { computeEntry: new URL(import.meta.url), log, print };
      return runAgents(() => new Agent(settings, host), stop);
    }
  }
}

/** Runs an agent, and another after a restart command; under systemd the process ends and systemd starts the installed version. */
async function runAgents(create: () => Agent, stop: AbortSignal): Promise<number> {
  const isSupervised = process.env.INVOCATION_ID !== undefined;
  while (!stop.aborted) {
    const agent = create();
    const end = (): void => agent.end();
    stop.addEventListener('abort', end, { once: true });
    const code = await agent.run();
    stop.removeEventListener('abort', end);
    if (!agent.isToRestart || isSupervised) return code;
  }
  return 0;
}

/**
 * Aborts at the first signal, which ends in order; a second one ends at once, which the ledger survives. An error that no part caught
 * ends in order, too: frames in flight are finished, and a supervisor starts another agent.
 */
function signalOfEnd(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.kill(process.pid, 'SIGKILL');
    stop.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (error) => {
    onStandardError.error(`an error that was not caught: ${error.stack ?? errorText(error)}`);
    isBroken = true;
    stop.abort();
  });
  return stop.signal;
}

if (isMainThread) {
  // A reader of the frames that goes away (`| head`) ends the agent as a signal would.
  let isUnread = false;
  process.stdout.on('error', () => {
    // Each further frame fails as well, and a second signal would end the agent at once.
    if (!isUnread) process.kill(process.pid, 'SIGTERM');
    isUnread = true;
  });
  main(signalOfEnd()).then(
    (code) => leave(isBroken && code === 0 ? 1 : code, onStandardError),
    (error: unknown) => {
      printError(`flotilla-agent: ${withoutCredentials(errorText(error))}\n`);
      const isSettings = error instanceof Fault && NOT_TO_BE_HAD.includes(error.kind);
      // What a broken end leaves open must not keep a dead agent: its supervisor starts another.
      leave(isSettings ? 2 : 1, onStandardError);
    },
  );
} else serveCompute();
