/** What one run of the testbed measured. */
import type { Cell } from '../measure/grid.js';
import type { Machine } from './machine.js';

export interface Results {
  readonly machine: Machine;
  /** All that makes figures of two runs comparable. */
  readonly settings: string;
  /** What stands for links, processors and cameras. */
  readonly about: readonly string[];
  /** Why parts of the grid were not measured. */
  readonly skipped: readonly string[];
  readonly cells: readonly Cell[];
}
