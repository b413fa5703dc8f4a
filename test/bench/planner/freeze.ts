/**
 * Writes test/instances and test/best-known.json again: `npm run freeze -- [--measure] [NAME|FILE.onnx …]`.
 *
 * Units, edges and bytes come from the project's own networks (all of them where none is named) and
 * from model files. Times stay what they were unless they are measured again; a best-known value is only replaced by a better
 * one, unless its instance changed.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { timeUnits } from '../../../src/models/examination/timings/unit-times.js';
import { parseManifest } from '../../../src/models/index.js';
import { type Answers, answersOf } from '../../support/planner/best-known.js';
import {
  type FreezableModel,
  freezableNetworks,
  frozenText,
  prepared,
} from '../../support/planner/frozen-document.js';
import { instances } from '../../support/planner/instances.js';

const FOLDER = join(process.cwd(), 'test', 'instances');
const BEST_KNOWN = join(process.cwd(), 'test', 'best-known.json');

/** `light_resnet50.onnx` is the instance file-light-resnet50: from outside, not of this repository. */
function fileModel(path: string): FreezableModel {
  const name = `file-${basename(path, '.onnx').toLowerCase().replaceAll('_', '-')}`;
  return { name, manifest: parseManifest(undefined), bytes: () => readFile(path) };
}

async function freeze(model: FreezableModel, isMeasured: boolean): Promise<void> {
  const file = join(FOLDER, `${model.name}.json`);
  const before = existsSync(file) ? await readFile(file, 'utf8') : '';
  const preparation = await prepared(model);
  const times =
    isMeasured || before === '' ? await timeUnits(preparation, 1, () => {}) : timesIn(before);
  const text = frozenText(model.name, preparation, (unit) => times.get(unit) ?? 0);
  if (text === before) {
    console.log(`${model.name}: unchanged`);
    return;
  }
  await writeFile(file, text);
  await writeAnswers({ ...(await knownAnswers()), [model.name]: {} });
  console.log(`${model.name}: written`);
}

function timesIn(text: string): Map<string, number> {
  const { layers } = JSON.parse(text) as { layers: { id: string; cloudMs: number }[] };
  return new Map(layers.map(({ id, cloudMs }) => [id, cloudMs]));
}

async function knownAnswers(): Promise<Record<string, Answers>> {
  return JSON.parse(await readFile(BEST_KNOWN, 'utf8')) as Record<string, Answers>;
}

function writeAnswers(answers: Record<string, Answers>): Promise<void> {
  return writeFile(BEST_KNOWN, `${JSON.stringify(answers, undefined, 2)}\n`);
}

/** Solves every frozen instance and keeps the better of what is known and what was found. */
async function improveAnswers(): Promise<void> {
  const known = await knownAnswers();
  for (const { name, network } of instances(FOLDER)) {
    const merged: Record<string, number> = { ...known[name] };
    for (const [question, ms] of Object.entries(answersOf(network))) {
      const knownMs = merged[question] ?? Infinity;
      if (ms < knownMs) merged[question] = ms;
      if (ms < knownMs) console.log(`${name}: ${question} now ${ms}, was ${knownMs}`);
    }
    known[name] = merged;
  }
  await writeAnswers(known);
}

function modelsOf(words: readonly string[]): FreezableModel[] {
  const networks = freezableNetworks();
  if (words.length === 0) return networks;
  return words.map((word) => {
    if (word.endsWith('.onnx')) return fileModel(word);
    const network = networks.find(({ name }) => name === word);
    if (!network) throw new Error(`no reference network ${word}, and no .onnx file`);
    return network;
  });
}

const words = process.argv.slice(2);
const named = words.filter((word) => word !== '--measure');
for (const model of modelsOf(named)) await freeze(model, named.length < words.length);
await improveAnswers();
