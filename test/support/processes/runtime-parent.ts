/** A parent for the tests of runtime: its child never returns; it prints the child's id and waits to be killed. */
import { spawnChild } from '../../../src/runtime/index.js';

const child = spawnChild({
  name: 'child',
  entry: new URL('./runtime-child.js', import.meta.url),
  memoryBytes: 256 * 1024 ** 2,
});
await child.call('echo', 1, [], { timeoutMs: 10_000 });
console.log(child.pid);
await child.call('hang', 1, [], { timeoutMs: 60_000 });
