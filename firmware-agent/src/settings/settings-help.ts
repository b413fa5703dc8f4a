/** The settings table as `--help` text and as the table of the README; a test keeps the README fresh. */
import {
  flagOf,
  type SettingKey,
  settingKeys,
  settingsTable,
  variableOf,
} from './settings-table.js';

interface Shown {
  readonly alias?: string;
  readonly unit?: string;
  readonly value: string;
  readonly about: string;
}

function defaultOf(key: SettingKey): string {
  if (key === 'threads') return '';
  const result = settingsTable[key].schema.safeParse(undefined);
  const value = result.success ? result.data : undefined;
  if (value === undefined || value === false || Array.isArray(value)) return '';
  return String(value);
}

/** The text of `flotilla-agent --help`. */
export function helpText(): string {
  const rows = settingKeys.map((key) => {
    const { value, unit, about }: Shown = settingsTable[key];
    const isDefault = defaultOf(key);
    const notes = [unit && `in ${unit}`, isDefault && `default ${isDefault}`].filter(Boolean);
    const flag = `  --${flagOf(key)} ${value}`.trimEnd();
    return `${flag}\n      ${about}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  });
  return [
    'flotilla-agent: runs the first layers of a network here and lets the cloud finish it.',
    '',
    'Usage: flotilla-agent --cloud http://cloud:8080 --device pi-1 --secret-file secret --input photos/',
    '',
    'Each flag can also be a variable (--http-port: FLOTILLA_AGENT_HTTP_PORT) or a key of the',
    'JSON file named by --config (httpPort). Flags go before variables, variables before the file.',
    '',
    ...rows,
    '  --config PATH\n      JSON file with any of these settings.',
    '  --version\n  --help',
    '',
  ].join('\n');
}

/** The rows of the README's table. */
export function settingsMarkdown(): string {
  const rows = settingKeys.map((key) => {
    const { unit, about }: Shown = settingsTable[key];
    const cells = [
      `\`--${flagOf(key)}\``,
      `\`${variableOf(key)}\``,
      defaultOf(key),
      unit ?? '',
      about,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| flag | variable | default | unit | what |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}
