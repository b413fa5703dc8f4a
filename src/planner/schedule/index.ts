/** The strategies by name. */
import { auto } from './auto.js';
import { cloud, local, minCut } from './baselines.js';
import type { Strategy } from './contract.js';
import { exact } from './exact.js';
import { pathWise } from './path-wise.js';
import { topological } from './topological.js';
import { tree } from './tree.js';

/** Names the `plan` command and the API accept. */
export type StrategyName =
  | 'auto'
  | 'exact'
  | 'tree'
  | 'path-wise'
  | 'topological'
  | 'min-cut'
  | 'cloud'
  | 'local';

/** The strategies, best first. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  auto,
  exact,
  tree,
  'path-wise': pathWise,
  topological,
  'min-cut': minCut,
  cloud,
  local,
};

/** Whether a word names a strategy. */
export function isStrategyName(word: string): word is StrategyName {
  return Object.hasOwn(strategies, word);
}
