/** `flotilla plan --shared`: devices that share uplinks and one cloud, planned together (docs/planner.md). */
import { z } from 'zod';
import {
  type Network,
  planShared,
  type SharedAnswer,
  type SharedDevice,
  type SharedDeviceAnswer,
  type SharedProblem,
} from '../../planner/index.js';
import { Fault } from '../../wire/index.js';
import { formatMs } from './gantt.js';
import {
  amount,
  defined,
  invalid,
  linkFields,
  networkFields,
  networkOf,
  type PlanDefaults,
  parsed,
} from './plan-instance.js';

const sharedFile = z.object({
  networks: z.record(z.string(), z.object(networkFields)).optional(),
  uplinks: z.array(z.object({ name: z.string(), mbps: amount })).optional(),
  workers: amount.optional(),
  slack: amount.optional(),
  devices: z.array(
    z.object({
      name: z.string(),
      network: z.string().optional(),
      layers: networkFields.layers.optional(),
      edges: networkFields.edges.optional(),
      link: linkFields.optional(),
      intervalMs: amount.optional(),
      uplink: z.string().optional(),
    }),
  ),
});

/** Parses a file of devices; missing values come from the defaults. */
export function readShared(text: string, defaults: PlanDefaults): SharedProblem {
  const { networks = {}, devices, uplinks = [], ...own } = parsed(sharedFile, text);
  const known = new Map(
    Object.entries(networks).map(([name, network]) => [
      name,
      networkOf(network, `networks.${name}.`),
    ]),
  );
  const { workers = defaults.workers, slack = defaults.slack } = own;
  return {
    devices: devices.map((device, i) => toDevice(device, `devices[${i}]`, known, defaults)),
    uplinks,
    ...defined({ workers, slack }),
  };
}

function toDevice(
  {
    name,
    network,
    layers,
    edges,
    link,
    intervalMs,
    uplink,
  }: z.output<typeof sharedFile>['devices'][number],
  at: string,
  known: ReadonlyMap<string, Network>,
  defaults: PlanDefaults,
): SharedDevice {
  const { uplinkMbps, ...rest } = { ...defaults.link, ...defined(link ?? {}) };
  if (uplinkMbps === undefined) {
    throw invalid(`${at}.link.uplinkMbps: is missing; set it here or as --uplink-mbps`);
  }
  const everyMs = intervalMs ?? defaults.intervalMs;
  if (everyMs === undefined) {
    throw invalid(`${at}.intervalMs: is missing; set it here or as --interval-ms`);
  }
  return {
    name,
    network: ownNetwork({ network, layers, edges }, at, known),
    link: { uplinkMbps, ...rest },
    intervalMs: everyMs,
    ...defined({ uplink }),
  };
}

/** The layers and edges of a device, or those of the network that it names. */
function ownNetwork(
  {
    network,
    layers,
    edges,
  }: Pick<z.output<typeof sharedFile>['devices'][number], 'network' | 'layers' | 'edges'>,
  at: string,
  known: ReadonlyMap<string, Network>,
): Network {
  if (network === undefined) {
    if (layers && edges) return networkOf({ layers, edges }, `${at}.`);
    throw invalid(`${at}: needs layers and edges, or the name of a network`);
  }
  if (layers || edges) throw invalid(`${at}.network: not together with layers and edges`);
  const found = known.get(network);
  if (!found) throw invalid(`${at}.network: unknown network ${JSON.stringify(network)}`);
  return found;
}

/** Plans the devices; throws INSTANCE_INVALID, since devices whose fields are valid have a plan. */
export function sharedAnswer(problem: SharedProblem): SharedAnswer {
  const outcome = planShared(problem);
  if (outcome.kind === 'feasible') return outcome.answer;
  throw new Fault('INSTANCE_INVALID', outcome.because.replace(/\.units\b/, '.layers'));
}

/** The answer as two tables: the shared machines, and the devices. */
export function sharedText(answer: SharedAnswer): string {
  const { fits, slowdown, slowdownBound, serialMs, gap, uplinks, cloud, devices } = answer;
  const proof = slowdown / slowdownBound - 1;
  const rates = fits
    ? 'every device has the rate that it can have alone'
    : `${slowdown.toFixed(3)} times at most, ${percent(proof, 4)} above what is proven`;
  const machines = [
    ['shared', 'load', 'ms a ms', 'ms a KB'],
    ...uplinks.map(({ name, load, price, bytesPrice }) => [
      name,
      percent(load, 1),
      price.toFixed(3),
      bytesPrice.toFixed(3),
    ]),
    ['cloud', percent(cloud.load, 1), cloud.price.toFixed(3), '–'],
  ];
  const rows = [
    ['device', 'asked', 'alone', 'planned', 'slowdown', 'latency', 'frames send'],
    ...devices.map((device) => [
      device.name,
      formatMs(device.intervalMs),
      formatMs(device.aloneIntervalMs),
      formatMs(device.plannedIntervalMs),
      device.slowdown.toFixed(3),
      formatMs(device.latencyMs),
      mixText(device),
    ]),
  ];
  return [
    `slowdown  ${rates}`,
    `latency   ${formatMs(serialMs)} mean without waiting (at most ${percent(gap, 4)} above the optimum)`,
    '',
    ...aligned(machines),
    '',
    ...aligned(rows),
    '',
  ].join('\n');
}

function mixText({ mix }: SharedDeviceAnswer): string {
  const sent = mix.map(({ uploads, weight }) => {
    const ids = uploads.map(({ id }) => id).join(' + ') || 'nothing';
    return mix.length === 1 ? ids : `${percent(weight, 1)} ${ids}`;
  });
  return sent.join(', ');
}

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** Names to the left, numbers to the right, what is sent to the left. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', ...cells]) => {
    const [numbers, sent] = [cells.slice(0, 5), cells.slice(5)];
    const padded = numbers.map((cell) => cell.padStart(13)).join('');
    return `${name.padEnd(width)}${padded}  ${sent.join('')}`.trimEnd();
  });
}
