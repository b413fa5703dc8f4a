/** Rejects malformed questions about devices that share machines, naming field and fault. */
import {
  checkAmount,
  checkCount,
  checkLink,
  checkName,
  checkNetwork,
  checkPositive,
  type ProblemFault,
} from '../../problem/check-problem.js';
import type { Network } from '../../problem/problem.js';
import type { SharedDevice, SharedProblem, SharedUplink } from './shared-problem.js';

/** Max devices, shared uplinks, and units of all devices together: they bound time and memory. */
const MAX_DEVICES = 1_000;
const MAX_UPLINKS = 50;
const MAX_UNITS = 200_000;

/** First fault of a question, or undefined. */
export function checkShared(problem: SharedProblem): ProblemFault | undefined {
  const { devices, uplinks, workers, slack = 0 } = problem;
  return (
    checkLength('devices', devices.length, 1, MAX_DEVICES) ??
    checkLength('uplinks', uplinks.length, 0, MAX_UPLINKS) ??
    checkUplinks(uplinks) ??
    checkDevices(devices, new Set(uplinks.map(({ name }) => name))) ??
    checkCount('workers', workers) ??
    checkAmount('slack', slack) ??
    (slack < 1 ? undefined : { field: 'slack', fault: `must be below 1, is ${slack}` })
  );
}

function checkLength(
  field: string,
  count: number,
  fewest: number,
  most: number,
): ProblemFault | undefined {
  if (count >= fewest && count <= most) return undefined;
  return { field, fault: `must have ${fewest} to ${most} entries, has ${count}` };
}

function checkUplinks(uplinks: readonly SharedUplink[]): ProblemFault | undefined {
  const seen = new Map<string, number>();
  for (const [i, { name, mbps }] of uplinks.entries()) {
    const at = `uplinks[${i}]`;
    const fault = checkName(`${at}.name`, name, seen, i) ?? checkPositive(`${at}.mbps`, mbps);
    if (fault) return fault;
  }
  return undefined;
}

function checkDevices(
  devices: readonly SharedDevice[],
  uplinks: ReadonlySet<string>,
): ProblemFault | undefined {
  const seen = new Map<string, number>();
  const checked = new Set<Network>();
  let units = 0;
  for (const [i, device] of devices.entries()) {
    const at = `devices[${i}]`;
    const { name, network, link, intervalMs, uplink } = device;
    const inner = (checked.has(network) ? undefined : checkNetwork(network)) ?? checkLink(link);
    if (inner) return { field: `${at}.${inner.field}`, fault: inner.fault };
    checked.add(network);
    const fault =
      checkName(`${at}.name`, name, seen, i) ?? checkPositive(`${at}.intervalMs`, intervalMs);
    if (fault) return fault;
    if (uplink !== undefined && !uplinks.has(uplink)) {
      return { field: `${at}.uplink`, fault: `unknown uplink ${JSON.stringify(uplink)}` };
    }
    units += network.units.length;
    if (units > MAX_UNITS) {
      return { field: 'devices', fault: `must have at most ${MAX_UNITS} units together` };
    }
  }
  return undefined;
}
