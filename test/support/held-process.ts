/** A process that leaves while a read that never returns holds a thread: that of a pipe without a writer. */
import { readFile } from 'node:fs/promises';
import { leave } from '../../firmware-agent/src/process-end.js';

const [, , path = ''] = process.argv;
void readFile(path).catch(() => undefined);
// The read has its thread before the process leaves.
setTimeout(() => {
  leave(0, { error: (text) => void process.stderr.write(`${text}\n`) }, 100);
}, 100);
