/**
 * A network namespace joined to this machine by a pair of virtual interfaces, each with a token bucket (tc tbf), so that
 * the kernel's own TCP meets the rate of the link in both directions.
 */
import type { LinkSettings } from '../../support/mqtt/link-shaper.js';
import { tool } from './tool.js';

/** About two packets: more would pass a small tensor at once, whatever the rate. */
const BURST_BYTES = 3200;
/** Bytes the bucket's queue takes; TCP keeps less than that in it, so nothing is lost. */
const QUEUE_BYTES = 1 << 20;

export class NamespaceLink {
  private constructor(
    readonly name: string,
    /** This machine's address on the link. */
    readonly host: string,
    private readonly outside: string,
    private readonly inside: string,
  ) {}

  /** Throws what `ip` said where that is not possible; then nothing is left behind. `place` is 0 to 255. */
  static async create(name: string, place: number): Promise<NamespaceLink> {
    const host = `10.203.${place}.1`;
    const link = new NamespaceLink(name, host, `fl${place}h`, `fl${place}d`);
    try {
      await tool(`ip netns add ${name}`);
      await tool(`ip link add ${link.outside} type veth peer name ${link.inside}`);
      await tool(`ip link set ${link.inside} netns ${name}`);
      await tool(`ip addr add ${host}/30 dev ${link.outside}`);
      await tool(`ip link set ${link.outside} up`);
      await tool(`ip -n ${name} addr add 10.203.${place}.2/30 dev ${link.inside}`);
      await tool(`ip -n ${name} link set ${link.inside} up`);
      await link.set({ uplinkMbps: 100, downlinkMbps: 100 });
      await link.open();
    } catch (error) {
      await link.remove();
      throw error;
    }
    return link;
  }

  /** What a command is begun with to run at the other end. */
  get within(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  async set({
    uplinkMbps,
    downlinkMbps,
  }: Pick<LinkSettings, 'uplinkMbps' | 'downlinkMbps'>): Promise<void> {
    await this.setUplink(uplinkMbps);
    await tool(`tc qdisc replace dev ${this.outside} ${bucket(downlinkMbps)}`);
  }

  /** Packets in the queue stay in it; the bucket is full again. */
  async setUplink(mbps: number): Promise<void> {
    await tool(`tc -n ${this.name} qdisc replace dev ${this.inside} ${bucket(mbps)}`);
  }

  /** Takes the limits off. */
  async open(): Promise<void> {
    await tool(`tc -n ${this.name} qdisc del dev ${this.inside} root`).catch(() => undefined);
    await tool(`tc qdisc del dev ${this.outside} root`).catch(() => undefined);
  }

  /** Never throws: what is gone is gone. The other interface goes with this one. */
  async remove(): Promise<void> {
    await tool(`ip link del ${this.outside}`).catch(() => undefined);
    await tool(`ip netns del ${this.name}`).catch(() => undefined);
  }
}

function bucket(mbps: number): string {
  const kbit = Math.max(1, Math.round(mbps * 1000));
  return `root tbf rate ${kbit}kbit burst ${BURST_BYTES} limit ${QUEUE_BYTES}`;
}
