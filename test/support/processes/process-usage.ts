/** What Linux knows of a process: memory, processor time, descriptors, threads, children. Read from /proc, of any process of the same user. */
import { readdir, readFile, readlink } from 'node:fs/promises';

/** Clock ticks a second of /proc/PID/stat, the same on every Linux. */
const TICKS_PER_S = 100;

export interface ProcessUsage {
  readonly rssBytes: number;
  readonly cpuMs: number;
  readonly threads: number;
  readonly descriptors: number;
  readonly sockets: number;
  readonly children: number;
}

/** The usage of a process now; undefined when it is gone. */
export async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const [status, stat, links, children] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
      descriptorsOf(pid),
      childrenOf(pid),
    ]);
    const [utime = 0, stime = 0] = fieldsOf(stat).slice(11, 13).map(Number);
    return {
      rssBytes: 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0),
      cpuMs: (1000 * (utime + stime)) / TICKS_PER_S,
      threads: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 0),
      descriptors: links.length,
      sockets: links.filter((link) => link.startsWith('socket:')).length,
      children: children.length,
    };
  } catch {
    return undefined;
  }
}

/** Ids of a process's children. */
export async function childrenOf(pid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    all.map(async (name) => {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      return Number(fieldsOf(stat)[1]);
    }),
  );
  return all.filter((_, i) => parents[i] === pid).map(Number);
}

/** Fields of /proc/PID/stat from the third one on: the name before them may hold spaces and brackets. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function descriptorsOf(pid: number): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  return Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
}
