/** Every strategy by its name, one file each; contract.ts says what they have in common. */
import { bestOf } from './auto.js';
import { cloud } from './cloud.js';
import type { Strategy } from './contract.js';
import { exact } from './exact.js';
import { local } from './local.js';
import { minCut } from './min-cut.js';
import { topological } from './topological.js';

/** Names the `plan` command and the API accept. */
export type StrategyName = 'auto' | 'local' | 'cloud' | 'min-cut' | 'topological' | 'exact';

/** The strategies, `auto` first. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  auto: bestOf([exact, topological, minCut, local, cloud]),
  local,
  cloud,
  'min-cut': minCut,
  topological,
  exact,
};

/** Whether a word names a strategy. */
export function isStrategyName(word: string): word is StrategyName {
  return Object.hasOwn(strategies, word);
}
