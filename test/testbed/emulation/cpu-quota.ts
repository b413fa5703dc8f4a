/** A share of the processor for a group of processes, by the kernel's own bandwidth control (cgroup v1 or v2). */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';
/** The kernel takes no less. */
const LEAST_QUOTA_US = 1000;
/** A long period would let a short block run at full speed, and then hold it up at once. */
const PERIOD_US = 5000;

export class CpuQuota {
  private constructor(
    private readonly folder: string,
    readonly periodUs: number,
  ) {}

  /** A group that has 1 / `slowdown` of one core. Throws where groups cannot be made. */
  static async create(name: string, slowdown: number): Promise<CpuQuota> {
    const periodUs = Math.max(PERIOD_US, Math.ceil(slowdown * LEAST_QUOTA_US));
    const quotaUs = Math.round(periodUs / slowdown);
    const first = join(ROOT, 'cpu', name);
    if (existsSync(join(ROOT, 'cpu'))) {
      await mkdir(first);
      await writeFile(join(first, 'cpu.cfs_period_us'), `${periodUs}`);
      await writeFile(join(first, 'cpu.cfs_quota_us'), `${quotaUs}`);
      return new CpuQuota(first, periodUs);
    }
    const controllers = await readFile(join(ROOT, 'cgroup.controllers'), 'utf8');
    if (!controllers.split(/\s/).includes('cpu')) throw new Error('cgroups have no cpu controller');
    await writeFile(join(ROOT, 'cgroup.subtree_control'), '+cpu');
    const folder = join(ROOT, name);
    await mkdir(folder);
    await writeFile(join(folder, 'cpu.max'), `${quotaUs} ${periodUs}`);
    return new CpuQuota(folder, periodUs);
  }

  /** Removes groups that an earlier process left behind; never throws. */
  static async removeAll(isMeant: (name: string) => boolean): Promise<void> {
    for (const folder of [join(ROOT, 'cpu'), ROOT]) {
      const names = await readdir(folder).catch(() => []);
      for (const name of names.filter(isMeant))
        await rmdir(join(folder, name)).catch(() => undefined);
    }
  }

  /** Puts a process with all its threads into the group. */
  async add(pid: number): Promise<void> {
    await writeFile(join(this.folder, 'cgroup.procs'), `${pid}`);
  }

  /** Removes the group once its processes have ended. */
  async remove(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await rmdir(this.folder);
        return;
      } catch (error) {
        // The kernel forgets an ended process a moment after its parent does.
        if (tries > 40) throw error;
        await sleep(50);
      }
    }
  }
}
