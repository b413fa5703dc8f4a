/**
 * Rejects malformed problems before any strategy sees them.
 *
 * The first fault found is returned as a value that names the field and what is wrong with it.
 */
import type { Circumstances, Encoding, Link, Network, Problem, Unit } from './problem.js';

/**
 * Max units. Planning that many took up to 20 s and 450 MB on the development machine; both grow with
 * the square.
 */
const MAX_UNITS = 20_000;

/** One malformed field, written as a path into the checked value. */
export interface ProblemFault {
  readonly field: string;
  readonly fault: string;
}

/** First fault of a network (cycle, unknown or duplicate id, bad number, no input), or undefined. */
export function checkNetwork(network: Network): ProblemFault | undefined {
  return (
    checkUnits(network.units) ?? checkEdges(network) ?? checkInputs(network) ?? checkCycles(network)
  );
}

/** First fault of a link, or undefined; rates must be positive, the rest must not be negative. */
export function checkLink(link: Link): ProblemFault | undefined {
  return (
    checkPositive('link.uplinkMbps', link.uplinkMbps) ??
    checkPositive('link.downlinkMbps', link.downlinkMbps) ??
    checkAmount('link.latencyMs', link.latencyMs) ??
    checkAmount('link.perTensorMs', link.perTensorMs) ??
    checkAmount('link.resultBytes', link.resultBytes)
  );
}

/** First fault of a whole question, or undefined. */
export function checkProblem(problem: Problem): ProblemFault | undefined {
  return checkNetwork(problem.network) ?? checkCircumstances(problem);
}

/** First fault of all of a question but its network, or undefined. */
export function checkCircumstances(problem: Circumstances): ProblemFault | undefined {
  return (
    checkLink(problem.link) ??
    checkCount('frames', problem.frames) ??
    checkCount('workers', problem.workers) ??
    checkPace(problem) ??
    checkLimits(problem)
  );
}

function checkPace({ objective, intervalMs, slack }: Circumstances): ProblemFault | undefined {
  if (objective === 'paced' && intervalMs === undefined) {
    return { field: 'intervalMs', fault: 'is missing; the objective paced needs it' };
  }
  return checkPositive('intervalMs', intervalMs ?? 1) ?? checkSlack(slack);
}

function checkSlack(slack: Circumstances['slack'] = 0): ProblemFault | undefined {
  if (typeof slack === 'number') return checkShare('slack', slack);
  const { device, uplink, cloud } = slack;
  return (
    checkShare('slack.device', device) ??
    checkShare('slack.uplink', uplink) ??
    checkShare('slack.cloud', cloud)
  );
}

/** From 0 to below 1. */
function checkShare(field: string, share: number): ProblemFault | undefined {
  const fault = checkAmount(field, share);
  return fault ?? (share < 1 ? undefined : { field, fault: `must be below 1, is ${share}` });
}

function checkLimits({
  objective = 'frame',
  deviceMemoryBytes,
  maxFrameBytes,
  bytesPrice,
}: Circumstances): ProblemFault | undefined {
  const isKept = objective === 'frame' || objective === 'paced';
  for (const [field, value] of Object.entries({ deviceMemoryBytes, maxFrameBytes, bytesPrice })) {
    if (value === undefined) continue;
    const fault = checkAmount(field, value);
    if (fault) return fault;
    if (!isKept) return { field, fault: `holds for frame and paced, not for ${objective}` };
  }
  return undefined;
}

function checkUnits(units: readonly Unit[]): ProblemFault | undefined {
  if (units.length > MAX_UNITS) {
    return { field: 'units', fault: `must have at most ${MAX_UNITS} entries, has ${units.length}` };
  }
  const seen = new Map<string, number>();
  for (const [i, unit] of units.entries()) {
    const at = `units[${i}]`;
    const fault =
      checkName(`${at}.id`, unit.id, seen, i) ??
      checkAmount(`${at}.deviceMs`, unit.deviceMs) ??
      checkAmount(`${at}.cloudMs`, unit.cloudMs) ??
      checkAmount(`${at}.outputBytes`, unit.outputBytes) ??
      checkAmount(`${at}.memoryBytes`, unit.memoryBytes ?? 0) ??
      checkEncodings(at, unit.encodings ?? []);
    if (fault) return fault;
  }
  return undefined;
}

function checkEncodings(unit: string, encodings: readonly Encoding[]): ProblemFault | undefined {
  const seen = new Map<string, number>();
  for (const [i, encoding] of encodings.entries()) {
    const at = `${unit}.encodings[${i}]`;
    const fault =
      checkName(`${at}.name`, encoding.name, seen, i) ??
      checkAmount(`${at}.bytes`, encoding.bytes) ??
      checkAmount(`${at}.encodeMs`, encoding.encodeMs) ??
      checkAmount(`${at}.decodeMs`, encoding.decodeMs);
    if (fault) return fault;
  }
  return undefined;
}

function checkEdges({ units, edges }: Network): ProblemFault | undefined {
  const ids = new Set(units.map((unit) => unit.id));
  for (const [i, edge] of edges.entries()) {
    const unknown = edge.findIndex((id) => !ids.has(id));
    if (unknown >= 0) {
      const field = `edges[${i}][${unknown}]`;
      return { field, fault: `unknown id ${JSON.stringify(edge[unknown])}` };
    }
  }
  return undefined;
}

function checkInputs({ units, edges }: Network): ProblemFault | undefined {
  const fed = new Set(edges.map(([, to]) => to));
  const isInput = ({ id, deviceMs, cloudMs }: Unit): boolean =>
    !fed.has(id) && deviceMs === 0 && cloudMs === 0;
  return units.some(isInput)
    ? undefined
    : { field: 'units', fault: 'no input: no unit without predecessors costs 0 ms on both sides' };
}

/** Takes away units nothing unfinished leads to; what remains holds a cycle. O(V + E). */
function checkCycles({ units, edges }: Network): ProblemFault | undefined {
  const open = new Map(units.map((unit) => [unit.id, 0]));
  const readers = new Map<string, string[]>();
  for (const [from, to] of edges) {
    open.set(to, (open.get(to) ?? 0) + 1);
    const known = readers.get(from);
    if (known) known.push(to);
    else readers.set(from, [to]);
  }
  const ready = [...open.keys()].filter((id) => open.get(id) === 0);
  for (const id of ready) {
    open.delete(id);
    for (const reader of readers.get(id) ?? []) {
      const left = (open.get(reader) ?? 0) - 1;
      open.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  const [start] = open.keys();
  if (start === undefined) return undefined;
  const cycle = cycleFrom(start, edges, open);
  return { field: 'edges', fault: `cycle ${cycle.join(' -> ')}` };
}

/** Every unit left has a predecessor that is left too, so walking back must meet itself. */
function cycleFrom(
  start: string,
  edges: Network['edges'],
  left: ReadonlyMap<string, number>,
): string[] {
  const before = new Map<string, string>();
  for (const [from, to] of edges) if (left.has(from) && left.has(to)) before.set(to, from);
  const path = [start];
  for (let at = before.get(start); at !== undefined; at = before.get(at)) {
    const met = path.indexOf(at);
    path.push(at);
    if (met >= 0) return path.slice(met).reverse();
  }
  return path;
}

/** Names are not empty and differ; `seen` has those before. */
export function checkName(
  field: string,
  name: string,
  seen: Map<string, number>,
  position: number,
): ProblemFault | undefined {
  if (name === '') return { field, fault: 'is empty' };
  const first = seen.get(name);
  seen.set(name, position);
  return first === undefined
    ? undefined
    : { field, fault: `duplicate of entry ${first}, ${JSON.stringify(name)}` };
}

/** Finite and not negative. */
export function checkAmount(field: string, value: number): ProblemFault | undefined {
  if (!Number.isFinite(value)) return { field, fault: `must be a finite number, is ${value}` };
  return value < 0 ? { field, fault: `must not be negative, is ${value}` } : undefined;
}

/** Finite and above 0. */
export function checkPositive(field: string, value: number): ProblemFault | undefined {
  return (
    checkAmount(field, value) ?? (value === 0 ? { field, fault: 'must be above 0' } : undefined)
  );
}

/** A whole number from 1, where it is given. */
export function checkCount(field: string, value: number | undefined): ProblemFault | undefined {
  return value === undefined || (Number.isInteger(value) && value >= 1)
    ? undefined
    : { field, fault: `must be a whole number from 1, is ${value}` };
}
