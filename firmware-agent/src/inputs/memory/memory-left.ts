/**
 * Memory that this process can still take: what the machine has available, and what the limits of its control groups leave. Pages of
 * files count as available, as the kernel gives them up: a machine that reads much is not full (cgroup-v2.rst, `memory.stat`).
 */
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';

/** How a version of control groups names its files. */
interface GroupFiles {
  /** Line of /proc/self/cgroup, and the path of the process's group in it. */
  readonly line: RegExp;
  readonly root: string;
  readonly limit: string;
  readonly used: string;
  /** Line of `memory.stat` with the pages that are given up first. */
  readonly files: RegExp;
}

const VERSIONS: readonly GroupFiles[] = [
  {
    line: /^0::(.*)$/m,
    root: 'sys/fs/cgroup',
    ...{ limit: 'memory.max', used: 'memory.current' },
    files: /^inactive_file (\d+)$/m,
  },
  {
    line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m,
    root: 'sys/fs/cgroup/memory',
    ...{ limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes' },
    files: /^total_inactive_file (\d+)$/m,
  },
];

/** In bytes, never negative. */
export function memoryLeft(root = '/'): number {
  const known = [availableBytes(root), ...VERSIONS.flatMap((files) => groupsLeft(root, files))];
  const bytes = known.filter((one) => one !== undefined);
  return Math.max(0, bytes.length === 0 ? freemem() : Math.min(...bytes));
}

/** `MemAvailable` of proc(5). */
function availableBytes(root: string): number | undefined {
  const kibibytes = numberIn(textOf(join(root, 'proc/meminfo')), /^MemAvailable:\s+(\d+) kB$/m);
  return kibibytes === undefined ? undefined : 1024 * kibibytes;
}

/** What the group of this process leaves, and each above it. In a container the path may be the host's: then only the top is there. */
function groupsLeft(root: string, files: GroupFiles): number[] {
  const path = files.line.exec(textOf(join(root, 'proc/self/cgroup')))?.[1];
  if (path === undefined) return [];
  const left: number[] = [];
  for (let group = join('/', path); ; group = dirname(group)) {
    const bytes = groupLeft(join(root, files.root, group), files);
    if (bytes !== undefined) left.push(bytes);
    if (group === '/') return left;
  }
}

function groupLeft(folder: string, { limit, used, files }: GroupFiles): number | undefined {
  // `max` is no number: no limit.
  const limitBytes = numberIn(textOf(join(folder, limit)), /^(\d+)$/m);
  const usedBytes = numberIn(textOf(join(folder, used)), /^(\d+)$/m);
  if (limitBytes === undefined || usedBytes === undefined) return undefined;
  const fileBytes = numberIn(textOf(join(folder, 'memory.stat')), files) ?? 0;
  return limitBytes - usedBytes + Math.min(fileBytes, usedBytes);
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
