/** The result of `flotilla model check` as a table. */
import type { CheckedCut, ModelCheck } from '../models/index.js';

const MAX_ROWS = 60;

/** A line for every cut, the worst ones when there are too many for a page, and the verdict. */
export function checkTable(path: string, check: ModelCheck): string {
  const { units, edges, ideals, cuts, outputsEqual, uniformTensors, seconds } = check;
  const shown = cuts.length <= MAX_ROWS ? cuts : worst(cuts);
  const bitIdentical = cuts.filter(({ maxAbsDiff }) => maxAbsDiff === 0).length;
  const lines = [
    `${path}: ${units} units, ${edges} edges, ${ideals} ideals, ${cuts.length} cuts, ${seconds} s`,
    '',
    '  device units   tensors        bytes   max |difference|   relative',
    ...shown.map(row),
    ...(shown.length < cuts.length ? [`  (the worst ${shown.length} of ${cuts.length})`] : []),
    '',
    `${outputsEqual ? 'equal' : 'NOT EQUAL'}: ${bitIdentical} of ${cuts.length} cuts give bit-identical outputs${rest(cuts)}${outputsEqual ? '' : between(cuts)}`,
    ...(uniformTensors === 0
      ? []
      : [
          `${uniformTensors} of the compared tensors hold a single value or are within rounding of zero; there a wrong split would look right`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The largest relative difference of cuts that are not bit-identical, as text. */
function rest(cuts: readonly CheckedCut[]): string {
  const largest = Math.max(...cuts.map(({ maxRelDiff }) => maxRelDiff));
  return largest === 0 ? '' : `, the others within ${figure(largest)} of the largest value`;
}

/** The largest relative difference of a tensor that crosses, as text, where it is larger than that of every output. */
function between(cuts: readonly CheckedCut[]): string {
  const largest = Math.max(...cuts.map(({ tensorRelDiff }) => tensorRelDiff));
  return cuts.some(({ maxRelDiff }) => maxRelDiff >= largest)
    ? ''
    : `; a tensor between the parts differs by ${figure(largest)} of its largest value`;
}

function worst(cuts: readonly CheckedCut[]): CheckedCut[] {
  return cuts.toSorted((a, b) => b.maxRelDiff - a.maxRelDiff).slice(0, MAX_ROWS);
}

function row({ device, tensors, bytes, maxAbsDiff, maxRelDiff }: CheckedCut): string {
  const cells = [
    String(device.length).padStart(14),
    String(tensors.length).padStart(9),
    String(bytes).padStart(12),
    figure(maxAbsDiff).padStart(18),
    figure(maxRelDiff).padStart(10),
  ];
  return cells.join(' ');
}

const figure = (value: number): string => (value === 0 ? '0' : value.toExponential(1));
