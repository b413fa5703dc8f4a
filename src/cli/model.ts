/** `flotilla model`: checks a model file at every cut, and writes the reference networks. */
import { readFile, writeFile } from 'node:fs/promises';
import { referenceNetworks, serializeModel } from '../onnx/index.js';
import { asFault, Fault, type ModelManifest, modelManifest } from '../wire/index.js';
import { checkTable } from './check-table.js';
import { readWords, type Streams, UsageError, wholeNumber } from './usage.js';

const USAGE = `usage: flotilla model check FILE.onnx [--manifest M.json] [--seed N] [--timeout-s N] [--memory-mib N] [--json]
           compares the split with the unsplit network at every cut: bit-identical where the runtime does not fuse
           the operators at the cut, else within 1e-4 of the largest value (networks with residual additions)
       flotilla model build NAME OUT.onnx [--manifest OUT.json] [--seed N]
           writes a reference network, and its manifest
       flotilla model list [--json]
           lists the reference networks
`;

const OPTIONS = {
  manifest: { type: 'string' },
  seed: { type: 'string', default: '1' },
  'timeout-s': { type: 'string', default: '300' },
  'memory-mib': { type: 'string', default: '4096' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

interface Words {
  readonly words: readonly string[];
  readonly manifest: string | undefined;
  readonly seed: number;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly isJson: boolean;
}

const ACTIONS: Readonly<Record<string, (words: Words, io: Streams) => Promise<number>>> = {
  check,
  build,
  list,
};

/** Runs the command and resolves to its exit code: 0 done, 1 rejected or unequal; throws UsageError. */
export async function modelCommand(args: readonly string[], io: Streams): Promise<number> {
  const { values, positionals } = readWords(args, OPTIONS);
  const [name, ...words] = positionals;
  if (values.help) {
    io.stdout.write(USAGE);
    return 0;
  }
  const action = name === undefined ? undefined : ACTIONS[name];
  if (action === undefined) {
    const given = name === undefined ? 'nothing' : `'${name}'`;
    throw new UsageError(`model: must be check, build or list, is ${given}`);
  }
  const given: Words = {
    words,
    manifest: values.manifest,
    seed: wholeNumber('seed', values.seed, 0),
    timeoutMs: 1000 * wholeNumber('timeout-s', values['timeout-s'], 1),
    memoryBytes: 1024 ** 2 * wholeNumber('memory-mib', values['memory-mib'], 64),
    isJson: values.json,
  };
  try {
    return await action(given, io);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = asFault(error);
    if (values.json) io.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
    else io.stderr.write(`flotilla: ${message}\n`);
    return 1;
  }
}

async function check(given: Words, io: Streams): Promise<number> {
  const [path] = exactly(given.words, 'check', ['FILE.onnx']);
  const manifest = await readManifest(given.manifest);
  await readable(path);
  const { checkModel } = await import('../models/index.js');
  const found = await checkModel({
    path,
    manifest,
    seed: given.seed,
    allowance: { memoryBytes: given.memoryBytes, timeoutMs: given.timeoutMs },
    onProgress: progressOn(io),
  });
  io.stdout.write(given.isJson ? `${JSON.stringify(found)}\n` : checkTable(path, found));
  return found.outputsEqual ? 0 : 1;
}

async function build(given: Words, io: Streams): Promise<number> {
  const [name, path] = exactly(given.words, 'build', ['NAME', 'OUT.onnx']);
  const network = referenceNetworks.find((one) => one.name === name);
  if (network === undefined) {
    const names = referenceNetworks.map((one) => one.name).join(', ');
    throw new UsageError(`reference network '${name}' not found; there are: ${names}`);
  }
  const bytes = serializeModel(network.build(given.seed));
  await writeFile(path, bytes);
  if (given.manifest !== undefined) {
    await writeFile(given.manifest, `${JSON.stringify(network.manifest, undefined, 2)}\n`);
  }
  io.stderr.write(`${path}: ${name}, ${network.parameters} parameters, ${bytes.length} bytes\n`);
  return 0;
}

async function list(given: Words, io: Streams): Promise<number> {
  exactly(given.words, 'list', []);
  const rows = referenceNetworks.map(({ name, parameters }) => ({ name, parameters }));
  const text = rows.map((row) => `${row.name.padEnd(16)}${row.parameters}\n`).join('');
  io.stdout.write(
    given.isJson ? `${JSON.stringify(rows)}\n` : `name            parameters\n${text}`,
  );
  return 0;
}

/** The words of an action, one for each name; throws UsageError for more or fewer. */
function exactly<const N extends readonly string[]>(
  words: readonly string[],
  action: string,
  names: N,
): { readonly [I in keyof N]: string } {
  if (words.length === names.length) return words as unknown as { readonly [I in keyof N]: string };
  throw new UsageError(
    `model ${action}: takes ${names.join(' and ') || 'no argument'}, not ${words.length} argument(s)`,
  );
}

async function readManifest(path: string | undefined): Promise<ModelManifest> {
  if (path === undefined) return modelManifest.parse({});
  const text = (await readable(path)).toString();
  const { parseManifest } = await import('../models/index.js');
  return parseManifest(text);
}

async function readable(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('REQUEST_INVALID', `cannot read ${path}: ${why}`, { cause });
  }
}

/** Progress on one line, where standard error is a terminal. */
function progressOn({ stderr }: Streams): (done: number, cuts: number) => void {
  return (done, cuts) => {
    if (stderr.isTTY !== true) return;
    stderr.write(`\r${done} of ${cuts} cuts${done === cuts ? '\n' : ''}`);
  };
}
