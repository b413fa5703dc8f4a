/** The environment as configuration: defaults, every problem at once, secrets hidden, documentation in step. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, redactedConfig } from './config.js';
import { nearest } from './nearest.js';
import { configurationPage, exampleEnvironment } from './reference.js';
import { environmentKey, settingMeta, settingNames } from './settings.js';

const root = join(import.meta.dirname, '..', '..', '..');
const KEY = 'k'.repeat(32);

function problemsOf(environment: NodeJS.ProcessEnv, ...words: string[]): readonly string[] {
  try {
    readConfig(environment, words);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('works with no variable set', () => {
    expect(readConfig({})).toMatchObject({ httpPort: 8080, mqttPort: 1883, data: './data' });
    expect(readConfig({})).not.toHaveProperty('operatorKey');
  });

  it('takes what is set, and an empty value as not set', () => {
    const environment = {
      FLOTILLA_HTTP_PORT: '0',
      FLOTILLA_LOG_LEVEL: '',
      FLOTILLA_HISTORY_DAYS: '7',
    };
    expect(readConfig(environment)).toMatchObject({
      httpPort: 0,
      logLevel: 'info',
      historyDays: 7,
    });
  });

  it('tells every problem at once, and never the secret', () => {
    const problems = problemsOf({
      FLOTILLA_HTTP_PROT: '1',
      FLOTILLA_MQTT_PORT: '99999',
      FLOTILLA_WORKERS: '0',
      FLOTILLA_EXAMINE_TIMEOUT_MS: '3000000000',
      FLOTILLA_SHUTDOWN_MS: '1e3',
      FLOTILLA_LOG_LEVEL: 'loud',
      FLOTILLA_OPERATOR_KEY: 'hush',
    });
    expect(problems).toEqual([
      'FLOTILLA_HTTP_PROT is not a setting; did you mean FLOTILLA_HTTP_PORT?',
      "FLOTILLA_MQTT_PORT = '99999' is more than 65535",
      'FLOTILLA_OPERATOR_KEY = *** is shorter than 32 characters',
      "FLOTILLA_LOG_LEVEL = 'loud' is none of silent, fatal, error, warn, info, debug, trace",
      "FLOTILLA_WORKERS = '0' is less than 1",
      "FLOTILLA_EXAMINE_TIMEOUT_MS = '3000000000' is more than 86400000",
      "FLOTILLA_SHUTDOWN_MS = '1e3' is not a whole number",
    ]);
  });

  it('leaves the variables of the agent and of other programs alone', () => {
    expect(problemsOf({ FLOTILLA_AGENT_SECRET: 'x', PATH: '/bin' })).toEqual([]);
  });

  it('takes no words, and names the variable a flag may mean', () => {
    expect(problemsOf({}, '--http-port=80')).toEqual([
      "'--http-port=80' means nothing here: settings are environment variables, see docs/configuration.md; did you mean FLOTILLA_HTTP_PORT?",
    ]);
    expect(problemsOf({}, '--xyzzy', '80')).toEqual([
      "'--xyzzy 80' means nothing here: settings are environment variables, see docs/configuration.md",
    ]);
  });

  it('can be shown without its secrets', () => {
    const shown = redactedConfig(readConfig({ FLOTILLA_OPERATOR_KEY: KEY }));
    expect(shown.operatorKey).toBe('***');
    expect(JSON.stringify(shown)).not.toContain(KEY);
  });

  it.each(settingNames)('says of %s what it is, in which unit, with which default', (name) => {
    const { description, unit, shownDefault } = settingMeta(name);
    expect(description).toMatch(/^[A-Z].+\.$/);
    expect([unit, shownDefault].every((text) => text.length > 0)).toBe(true);
    expect(environmentKey(name)).toMatch(/^(FLOTILLA_[A-Z_]+|DATABASE_URL)$/);
  });

  it('is documented as it is; npm run configuration writes these files', () => {
    expect(readFileSync(join(root, 'docs/configuration.md'), 'utf8')).toBe(configurationPage());
    expect(readFileSync(join(root, '.env.example'), 'utf8')).toBe(exampleEnvironment());
  });
});

describe('a misspelled word', () => {
  it('is traced back to the nearest known one, or to none', () => {
    const words = ['plan', 'model', 'config'];
    expect(nearest('modle', words)).toBe('model');
    expect(nearest('confg', words)).toBe('config');
    expect(nearest('zebra', words)).toBeUndefined();
  });
});
