/** The frozen instances of test/instances: networks with measured costs and sizes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network, Unit } from '../../../src/planner/index.js';

export interface FrozenInstance {
  readonly name: string;
  readonly network: Network;
}

/** All instances by name; see test/instances/README.md for how they were measured. */
export function instances(folder = join(process.cwd(), 'test', 'instances')): FrozenInstance[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const { name, layers, edges } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        name: string;
        layers: Unit[];
        edges: [string, string][];
      };
      return { name, network: { units: layers, edges } };
    });
}
