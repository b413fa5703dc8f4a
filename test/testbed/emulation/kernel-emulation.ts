/**
 * As root on Linux: the agent runs in a network namespace behind token buckets, in a group with a share of the processor.
 * Many kernels are built without netem, so latency comes from a proxy at this end, which limits no rate.
 */
import { readdir } from 'node:fs/promises';
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import { type Service, startAgent } from '../../support/processes/processes.js';
import { CpuQuota } from './cpu-quota.js';
import {
  type DeviceOptions,
  type EmulatedDevice,
  type Emulation,
  slowedArgs,
} from './emulation.js';
import { NamespaceLink } from './namespace-link.js';
import { tool } from './tool.js';

const PREFIX = 'flotilla-testbed-';
/** What leaks into the frozen proxy's buffer in an outage; a packet that waits at this rate waits less than half a second after it. */
const OUTAGE_MBPS = 0.032;
const UNLIMITED = { uplinkMbps: 10_000, downlinkMbps: 10_000 };

export class KernelEmulation implements Emulation {
  private constructor(
    private readonly link: NamespaceLink,
    private readonly quota: CpuQuota | undefined,
    private readonly slowdown: number,
  ) {}

  /** Throws what is missing. `byQuota`: the processor's share comes from a group, else blocks are stretched. */
  static async create(slowdown: number, byQuota: boolean): Promise<KernelEmulation> {
    await removeOrphans();
    const name = `${PREFIX}${process.pid}`;
    const link = await NamespaceLink.create(name, process.pid % 256);
    try {
      const quota = byQuota ? await CpuQuota.create(name, slowdown) : undefined;
      return new KernelEmulation(link, quota, slowdown);
    } catch (error) {
      await link.remove();
      throw error;
    }
  }

  get host(): string {
    return this.link.host;
  }

  get about(): readonly string[] {
    const { quota, slowdown } = this;
    const processor =
      quota === undefined
        ? `every block is stretched ×${slowdown} by sleeping (--slowdown)`
        : `the whole agent has 1/${slowdown} of one core (cgroup, period ${quota.periodUs / 1000} ms)`;
    return [
      'Link: a network namespace with token buckets (tc tbf) both ways; latency by a proxy, for want of netem.',
      `Processor: ${processor}.`,
    ];
  }

  async start(
    service: Service,
    { id, secret, data, args, onLine }: DeviceOptions,
  ): Promise<EmulatedDevice> {
    const { host, link, quota, slowdown } = this;
    const target = { host, port: service.mqttPort };
    const delay = await LinkShaper.start(target, { ...UNLIMITED, latencyMs: 0 }, host);
    const agent = startAgent({
      ...{ device: id, secret, data, cloud: service.url, within: link.within },
      mqtt: `mqtt://${host}:${delay.port}`,
      args: [...args, ...(quota === undefined ? slowedArgs(slowdown) : ['--threads', '1'])],
      ...(onLine && { onLine }),
    });
    if (quota !== undefined && agent.child.pid !== undefined) await quota.add(agent.child.pid);
    return {
      agent,
      setLink: async (settings) => {
        delay.restore();
        delay.set({ latencyMs: settings === 'open' ? 0 : settings.latencyMs });
        await (settings === 'open' ? link.open() : link.set(settings));
      },
      setUplink: async (mbps) => {
        if (mbps === 0) delay.freeze();
        await link.setUplink(Math.max(mbps, OUTAGE_MBPS));
        if (mbps > 0) delay.restore();
      },
      stop: async () => {
        await agent.stop();
        await delay.close();
        await link.open();
      },
    };
  }

  async end(): Promise<void> {
    await this.quota?.remove();
    await this.link.remove();
  }
}

/** Removes what a testbed left behind that was killed. */
async function removeOrphans(): Promise<void> {
  const listed = (await tool('ip netns list')).split('\n').map((line) => line.split(' ')[0] ?? '');
  const alive = new Set(await readdir('/proc'));
  for (const name of listed) {
    const pid = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
    if (pid !== undefined && !alive.has(pid)) await tool(`ip netns del ${name}`);
  }
  await CpuQuota.removeAll(
    (name) => name.startsWith(PREFIX) && !alive.has(name.slice(PREFIX.length)),
  );
}
