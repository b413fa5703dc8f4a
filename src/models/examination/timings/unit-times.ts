/** Times of single units on this machine, each in its own session: enough to select the cuts worth a block. */
import { extractModel, serializeModel, type Unit } from '../../../onnx/index.js';
import { openSession } from '../../../runtime/index.js';
import type { PreparedModel } from '../inputs/prepared-model.js';
import { timeSession } from './timing.js';

const BUDGET = { warmUps: 1, minRuns: 3, maxRuns: 9, budgetMs: 40 };

/** Median milliseconds of every unit, by id. */
export async function timeUnits(
  prepared: PreparedModel,
  threads: number,
  progress: (done: number) => void,
): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const [i, unit] of prepared.units.units.entries()) {
    times.set(unit.id, await timeUnit(prepared, unit, threads));
    progress((i + 1) / prepared.units.units.length);
  }
  return times;
}

async function timeUnit(
  { model, values, varying }: PreparedModel,
  { nodes, inputs, outputs }: Unit,
  threads: number,
): Promise<number> {
  const part = extractModel(model, nodes, { inputs, outputs, tensors: values, varying });
  const session = await openSession(serializeModel(part), { threads });
  const feeds = new Map([...values].filter(([name]) => inputs.includes(name)));
  const { timing } = await timeSession(session, feeds, BUDGET);
  await session.release();
  return timing.medianMs;
}
