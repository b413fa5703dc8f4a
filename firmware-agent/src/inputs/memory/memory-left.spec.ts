import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryLeft } from './memory-left.js';

const MIB = 2 ** 20;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flotilla-memory-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function given(files: Record<string, string>): number {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return memoryLeft(root) / MIB;
}
const machine = {
  'proc/meminfo': `MemTotal: 1000000 kB\nMemFree: 20480 kB\nMemAvailable: ${400 * 1024} kB\n`,
};
const V2 = 'sys/fs/cgroup';
const V1 = 'sys/fs/cgroup/memory';

describe('the memory left', () => {
  it('is what the machine has available, where no group limits it', () => {
    expect(given(machine)).toBe(400);
    const unlimited = { 'proc/self/cgroup': '0::/a\n', [`${V2}/a/memory.max`]: 'max\n' };
    expect(given({ ...unlimited, [`${V2}/a/memory.current`]: `${MIB}\n` })).toBe(400);
  });

  it('is what the group leaves, or one above it; pages of files count as left', () => {
    const groups = {
      ...{ ...machine, 'proc/self/cgroup': '0::/user.slice/agent.service\n' },
      [`${V2}/user.slice/memory.max`]: `${300 * MIB}`,
      [`${V2}/user.slice/memory.current`]: `${100 * MIB}`,
    };
    expect(given(groups)).toBe(200);
    const own = `${V2}/user.slice/agent.service`;
    const full = {
      [`${own}/memory.max`]: `${128 * MIB}`,
      [`${own}/memory.current`]: `${127 * MIB}`,
      [`${own}/memory.stat`]: `anon 5\nactive_file 7\ninactive_file ${80 * MIB}\n`,
    };
    expect(given(full)).toBe(81);
  });

  it('follows version 1, and a container whose path is that of its host', () => {
    const groups = {
      ...{ ...machine, 'proc/self/cgroup': '5:cpu,cpuacct:/\n4:memory:/docker/abc\n0::/\n' },
      [`${V1}/memory.limit_in_bytes`]: `${256 * MIB}`,
      [`${V1}/memory.usage_in_bytes`]: `${200 * MIB}`,
      [`${V1}/memory.stat`]: `inactive_file 1\ntotal_inactive_file ${10 * MIB}\n`,
    };
    expect(given(groups)).toBe(66);
  });

  it('is nothing in a group that is over its limit, and that of the system where nothing is known', () => {
    const over = { 'proc/self/cgroup': '0::/\n', [`${V2}/memory.max`]: '1000' };
    expect(given({ ...over, [`${V2}/memory.current`]: '2000' })).toBe(0);
    expect(memoryLeft(join(root, 'nowhere'))).toBeGreaterThan(0.2 * freemem());
  });
});
