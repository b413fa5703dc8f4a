/** The birth message, sent at the start of a session. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, totalmem } from 'node:os';
import type { Birth } from '../../src/wire/index.js';
import { spokenEncodings } from './frames/plan/plan-check.js';
import { AGENT_VERSION } from './version.js';

/** The birth message; facts of the machine are read here. */
export function describeDevice(
  known: Pick<Birth, 'sid' | 'source' | 'slowdown' | 'blocks'> &
    Pick<Birth, 'objective' | 'intervalMs' | 'encodeMsPerByte' | 'traffic'>,
): Birth {
  return {
    v: 1,
    ...known,
    agent: AGENT_VERSION,
    platform: `${platform()} ${arch()}${boardName()}`.slice(0, 64),
    cores: cpus().length,
    memoryBytes: totalmem(),
    runtimes: { onnxruntime: runtimeVersion() },
    encodings: spokenEncodings,
  };
}

/** The version of ONNX Runtime; block times are remembered per version. */
export function runtimeVersion(): string {
  const require = createRequire(import.meta.url);
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  return version;
}

function boardName(): string {
  try {
    return ` ${readFileSync('/proc/device-tree/model', 'utf8').replaceAll('\0', '')}`;
  } catch {
    return '';
  }
}
