/**
 * Reads the environment, once, into the configuration of the service. Reports all problems together.
 */
import type { z } from 'zod';
import { nearest } from './nearest.js';
import {
  environmentKey,
  type SettingName,
  settingMeta,
  settingNames,
  settings,
} from './settings.js';

/** The parsed settings; also the token they are injected by. */
export type Config = Readonly<z.infer<typeof settings>>;
export const Config = Symbol('Config');

/** Variables of the agent and of the tests, which the service ignores. */
const FOREIGN = /^FLOTILLA_(AGENT_|TEST_|MODELS$)/;

/** Every problem of the environment, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
  }
}

function unknownKeys(environment: NodeJS.ProcessEnv): string[] {
  const known = settingNames.map(environmentKey);
  return Object.keys(environment)
    .filter((key) => key.startsWith('FLOTILLA_') && !known.includes(key) && !FOREIGN.test(key))
    .map((key) => {
      const meant = nearest(key, known);
      return `${key} is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    });
}

/** Rejects arguments, since the service has none; suggests the variable a flag may mean. */
function strayWords(words: readonly string[]): string[] {
  if (words.length === 0) return [];
  const plain =
    words[0]
      ?.replace(/^-+|=.*$/g, '')
      .replaceAll('-', '_')
      .toUpperCase() ?? '';
  const names = settingNames.map((name) => environmentKey(name).replace('FLOTILLA_', ''));
  const meant = nearest(plain, names);
  return [
    `'${words.join(' ')}': unknown argument; settings are environment variables, see docs/configuration.md${meant === undefined ? '' : `; did you mean FLOTILLA_${meant}?`}`,
  ];
}

function shown(name: SettingName, value: string | undefined): string {
  return settingMeta(name).isSecret ? '***' : `'${value}'`;
}

/** A certificate needs its key, and client certificates need both. */
function halfTls({ tlsCert, tlsKey, tlsClientCa }: Partial<Record<SettingName, string>>): string[] {
  if (tlsCert !== undefined && tlsKey !== undefined) return [];
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return [];
  return ['FLOTILLA_TLS_CERT and FLOTILLA_TLS_KEY belong together; set both'];
}

/** The configuration of an environment; an empty value counts as not set. Throws ConfigError with every problem, including arguments. */
export function readConfig(environment: NodeJS.ProcessEnv, words: readonly string[] = []): Config {
  const raw: Partial<Record<SettingName, string>> = {};
  for (const name of settingNames) {
    const value = environment[environmentKey(name)];
    if (value !== undefined && value !== '') raw[name] = value;
  }
  const parsed = settings.safeParse(raw);
  const wrong = (parsed.error?.issues ?? []).map((issue) => {
    const name = issue.path[0] as SettingName;
    return `${environmentKey(name)} = ${shown(name, raw[name])} ${issue.message}`;
  });
  const problems = [...strayWords(words), ...unknownKeys(environment), ...wrong, ...halfTls(raw)];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(parsed.data);
}

/** The configuration for logs: secrets are ***. */
export function redactedConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    settingNames
      .filter((name) => config[name] !== undefined)
      .map((name) => [name, settingMeta(name).isSecret ? '***' : config[name]]),
  );
}
