/** Reads settings: flags before variables before the file before defaults. All problems are reported together. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withoutCredentials } from '../log.js';
import {
  flagOf,
  type SettingKey,
  type Settings,
  settingKeys,
  settingsTable,
  variableOf,
} from './settings-table.js';
import { suggestion } from './suggestion.js';

export type Reading =
  | { kind: 'settings'; settings: Settings }
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'problems'; problems: string[] };

/** Where a value came from, as a problem names it. */
interface Given {
  readonly value: unknown;
  readonly origin: string;
}
type GivenValues = Map<SettingKey, Given>;

const PREFIX = 'FLOTILLA_AGENT_';
const CONFIG_VARIABLE = `${PREFIX}CONFIG`;
const KEY_OF_FLAG = new Map<string, SettingKey>(
  settingKeys.flatMap((key) => {
    const { alias } = settingsTable[key] as { alias?: string };
    return alias === undefined
      ? [[flagOf(key), key]]
      : [
          [flagOf(key), key],
          [alias, key],
        ];
  }),
);
const KEY_OF_VARIABLE = new Map(settingKeys.map((key) => [variableOf(key), key]));

/** Reads a command line and an environment; a configuration file and the secret's file are read from disk. */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): Reading {
  const problems: string[] = [];
  const flags = readFlags(args, problems);
  if (flags.asked !== undefined) return { kind: flags.asked };
  const variables = readVariables(env, problems);
  const file = readFile(flags.config ?? env[CONFIG_VARIABLE], problems);
  const given: GivenValues = new Map([...file, ...variables, ...flags.given]);
  const settings = checkEach(given, problems);
  if (problems.length === 0) checkTogether(settings, problems);
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'settings', settings };
}

interface Flags {
  readonly given: GivenValues;
  readonly asked?: 'help' | 'version';
  readonly config?: string;
}

function readFlags(args: readonly string[], problems: string[]): Flags {
  const options = Object.fromEntries([
    ...[...KEY_OF_FLAG].map(([flag, key]) => {
      const type = settingsTable[key].kind === 'switch' ? 'boolean' : 'string';
      return [flag, { type, multiple: true }] as const;
    }),
    ['config', { type: 'string', multiple: true }] as const,
    ['help', { type: 'boolean', short: 'h' }] as const,
    ['version', { type: 'boolean' }] as const,
  ]);
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const given: GivenValues = new Map();
  let asked: Flags['asked'];
  let config: string | undefined;
  for (const [i, token] of tokens.entries()) {
    if (token.kind === 'positional' && !followsUnknown(tokens[i - 1])) {
      problems.push(`'${token.value}' belongs to no flag; files are given with --input`);
    }
    if (token.kind !== 'option') continue;
    if (token.name === 'help' || token.name === 'version') asked = token.name;
    else if (token.name === 'config') config = token.value ?? '';
    else takeFlag(token.name, token.rawName, token.value, given, problems);
  }
  return { given, ...(asked && { asked }), ...(config !== undefined && { config }) };
}

/** The value of a misspelled flag is no second problem. */
function followsUnknown(before: { kind: string; name?: string } | undefined): boolean {
  return before?.kind === 'option' && !KEY_OF_FLAG.has(before.name ?? '');
}

function takeFlag(
  name: string,
  rawName: string,
  value: string | undefined,
  given: GivenValues,
  problems: string[],
): void {
  const key = KEY_OF_FLAG.get(name);
  if (key === undefined) {
    const known = [...KEY_OF_FLAG.keys(), 'config', 'help', 'version'].map((flag) => `--${flag}`);
    problems.push(`unknown flag ${rawName}${suggestion(rawName, known)}`);
    return;
  }
  const { kind } = settingsTable[key];
  if (kind !== 'switch' && value === undefined) {
    problems.push(`${rawName} needs a value: ${rawName} ${settingsTable[key].value}`);
    return;
  }
  const before = kind === 'list' ? (given.get(key)?.value as string[] | undefined) : undefined;
  const text = value ?? 'true';
  given.set(key, {
    value: kind === 'list' ? [...(before ?? []), text] : fromText(kind, text),
    origin: rawName,
  });
}

function readVariables(env: NodeJS.ProcessEnv, problems: string[]): GivenValues {
  const given: GivenValues = new Map();
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || name === CONFIG_VARIABLE || text === undefined) continue;
    const key = KEY_OF_VARIABLE.get(name);
    if (key === undefined) {
      problems.push(`unknown variable ${name}${suggestion(name, [...KEY_OF_VARIABLE.keys()])}`);
      continue;
    }
    const { kind } = settingsTable[key];
    const value = kind === 'list' ? text.split(',') : fromText(kind, text);
    given.set(key, { value, origin: name });
  }
  return given;
}

function readFile(path: string | undefined, problems: string[]): GivenValues {
  const given: GivenValues = new Map();
  if (path === undefined) return given;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    problems.push(`--config ${path}: ${(error as Error).message}`);
    return given;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`--config ${path}: is no JSON object`);
    return given;
  }
  for (const [name, value] of Object.entries(content)) {
    const key = settingKeys.find((one) => one === name);
    if (key === undefined) {
      problems.push(`${path}: unknown key ${name}${suggestion(name, settingKeys)}`);
    } else given.set(key, { value, origin: `${path}: ${name}` });
  }
  return given;
}

/** Text that is no number or switch stays text, so that its check names it. */
function fromText(kind: 'text' | 'number' | 'switch' | 'list', text: string): unknown {
  if (kind === 'number') return /^-?\d+(\.\d+)?(e\d+)?$/i.test(text.trim()) ? Number(text) : text;
  if (kind !== 'switch') return text;
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  return /^(false|0|no|off)$/i.test(text) ? false : text;
}

function checkEach(given: GivenValues, problems: string[]): Settings {
  const values = settingKeys.map((key) => {
    const { value, origin } = given.get(key) ?? { value: undefined, origin: `--${flagOf(key)}` };
    const result = settingsTable[key].schema.safeParse(value);
    if (result.success) return [key, result.data] as const;
    const isMissing = value === undefined;
    const { isSecret = false }: { readonly isSecret?: boolean } = settingsTable[key];
    const shown = isSecret ? '***' : withoutCredentials(JSON.stringify(value) ?? '');
    const why = result.error.issues.map((issue) => issue.message).join('; ');
    problems.push(isMissing ? `${origin} is required` : `${origin} ${shown}: ${why}`);
    return [key, undefined] as const;
  });
  return Object.fromEntries(values) as unknown as Settings;
}

/** What must hold between settings. */
function checkTogether(settings: Settings, problems: string[]): void {
  const { fps, intervalMs, input, mjpeg, rtsp, loop, frames, risk, deadlineMs } = settings;
  checkCredential(settings, problems);
  if (fps !== undefined && intervalMs > 0) problems.push('give --fps or --interval-ms, not both');
  if (fps !== undefined) settings.intervalMs = 1000 / fps;
  if (loop && frames !== undefined) problems.push('give --loop or --frames, not both');
  if (mjpeg !== undefined && input.length > 0) problems.push('give --mjpeg or --input, not both');
  if (rtsp.length > 0 && input.length > 0) problems.push('give --rtsp or --input, not both');
  const twice = rtsp.find(({ url }, i) => rtsp.findIndex((one) => one.url === url) < i);
  if (twice !== undefined) problems.push(`--rtsp: ${twice.name} is given twice`);
  if (risk !== undefined && deadlineMs === undefined) problems.push('--risk needs --deadline-ms');
}

/** The secret is read from its file here, so that it is found missing early; one that is to be made yet is not missed. */
function checkCredential(settings: Settings, problems: string[]): void {
  const { secret, token, certFile, keyFile, caFile, data, device } = settings;
  if (secret !== undefined && settings.secretFile !== undefined) {
    problems.push('give --secret or --secret-file, not both');
  }
  if (secret !== undefined && token !== undefined)
    problems.push('give --secret or --token, not both');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    problems.push('--cert-file and --key-file belong together');
  }
  for (const [flag, path] of Object.entries({ certFile, keyFile, caFile })) {
    if (path === undefined) continue;
    const name = `--${flagOf(flag as SettingKey)}`;
    // It is read again at every connection, and a pipe would keep the agent waiting.
    if (isPipe(path)) problems.push(`${name} ${path}: is a pipe; give a file`);
    else readText(name, path, problems);
  }
  if (secret !== undefined) return;
  if (token !== undefined) settings.secretFile ??= join(data, device, 'secret');
  if (settings.secretFile === undefined) {
    if (certFile !== undefined) return;
    problems.push('--secret-file (or --secret, --token, --cert-file) is required');
  } else if (token === undefined || existsSync(settings.secretFile)) {
    settings.secret = readText('--secret-file', settings.secretFile, problems);
  }
}

function isPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

function readText(flag: string, path: string, problems: string[]): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text.length === 0) problems.push(`${flag} ${path} is empty`);
    return text;
  } catch (error) {
    problems.push(`${flag} ${path}: ${(error as Error).message}`);
    return undefined;
  }
}
