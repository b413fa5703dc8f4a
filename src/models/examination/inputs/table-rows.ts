/** Inputs that name rows of tables: token ids, positions, classes. What they may be is read from the graph. */
import { indexGraph, type OnnxModel } from '../../../onnx/index.js';

/** Operators that hand a number on as it is. */
const HANDED_ON = new Set(
  'Cast Concat Expand Flatten Identity Reshape Slice Squeeze Tile Transpose Unsqueeze'.split(' '),
);
/** The place of the table and of the rows among the inputs of an operator. */
const LOOK_UPS: ReadonlyMap<string, { readonly table: number; readonly rows: number }> = new Map([
  ['Gather', { table: 0, rows: 1 }],
  ['GatherElements', { table: 0, rows: 1 }],
]);

/** The number of rows of the smallest constant table that an input names rows of, by input; inputs that name none are absent. */
export function tableRows({ graph }: OnnxModel): Map<string, number> {
  const { readersOf } = indexGraph(graph);
  const dims = new Map(graph.initializer.map((one) => [one.name ?? '', one.dims]));
  const found = new Map<string, number>();
  for (const { name } of graph.input) {
    const values = new Set([name]);
    for (const value of values) {
      for (const reader of readersOf(value)) {
        const node = graph.node[reader];
        if (node === undefined) continue;
        const places = LOOK_UPS.get(node.opType);
        if (places !== undefined && node.input[places.rows] === value) {
          const axis = Number(node.attribute.find((one) => one.name === 'axis')?.i ?? 0n);
          const rows = dims.get(node.input[places.table] ?? '')?.at(axis);
          if (rows !== undefined)
            found.set(name, Math.min(Number(rows), found.get(name) ?? Infinity));
        } else if (HANDED_ON.has(node.opType)) for (const made of node.output) values.add(made);
      }
    }
  }
  return found;
}
