/** The agent as its archive installs it on a 64-bit Raspberry Pi: packed here, installed by npm for that processor. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../processes/processes.js';

const call = promisify(execFile);
const A_PI = ['--os=linux', '--cpu=arm64', '--libc=glibc'];

/** Packs the agent as built and installs it into a folder, by the options of the agent's README; its entry. */
export async function installAgentForArm64(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const agent = join(root, 'firmware-agent');
  const pack = ['pack', agent, '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await call('npm', pack, { cwd: root });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm packed nothing: ${stdout}`);

  // The versions that all other tests run with.
  const overrides = { sharp: await versionOf('sharp') };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await call('npm', ['install', ...quietly, ...A_PI, join(folder, packed.filename)], {
    cwd: folder,
  });
  return join(folder, 'node_modules', 'flotilla-agent', 'dist', 'flotilla-agent.js');
}

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
