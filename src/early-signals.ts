/**
 * SIGINT and SIGTERM from the first line of the process to the moment when the service stops in order.
 *
 * Until then the process ends at once: every step of a start is whole or is done again by the next one. This module
 * imports nothing, so that no other one is loaded before it.
 */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const CODES: Readonly<Record<(typeof SIGNALS)[number], number>> = { SIGINT: 130, SIGTERM: 143 };

function endAtOnce(signal: (typeof SIGNALS)[number]): void {
  for (const each of SIGNALS) process.removeListener(each, endAtOnce);
  process.stderr.write('Flotilla stopped before it was ready; the next start goes on.\n');
  // The default action does not wait for a thread that is in the database. The first process of a container has none.
  process.kill(process.pid, signal);
  process.exit(CODES[signal]);
}

for (const signal of SIGNALS) process.on(signal, endAtOnce);

/** Replaces the end at once by an end in order. */
export function stopInOrder(stop: (signal: NodeJS.Signals) => void): void {
  for (const signal of SIGNALS) {
    process.removeListener(signal, endAtOnce);
    process.on(signal, stop);
  }
}
