/**
 * Log entries as lines for people: time, level, part, message, then the other fields as name=value.
 *
 * Values come from clients, too: control characters, which could rewrite a terminal, are escaped.
 */
import { prettyFactory } from 'pino-pretty';

export interface LineStyle {
  readonly hasColors: boolean;
  /** Lines that are kept need the date as well. */
  readonly hasDate: boolean;
}

type Entry = Record<string, unknown>;
/** A style of letters: one of the colours, or none. */
type Paint = (text: string) => string;

/** Where errors are bugs, so that a person needs the stack (pino's level error). */
const ERROR_LEVEL = 50;
/** Not repeated as name=value. The configuration fills a screen, and is in the JSON of the same entry. */
const SHOWN_ELSEWHERE = ['level', 'time', 'pid', 'hostname', 'msg', 'part', 'err', 'config'];
/** Values that need no quotes. */
const PLAIN = /^[\p{L}\p{N}_.:/@%+*-]+$/u;
/** C0 and C1 control characters, as ISO 6429 names them; the first of C1 is a whole escape sequence. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

/** A function from a line of JSON, as pino writes it, to lines for people; other lines pass unchanged. */
export function readableLines({ hasColors, hasDate }: LineStyle): (line: string) => string {
  return prettyFactory({
    colorize: hasColors,
    translateTime: hasDate ? 'SYS:yyyy-mm-dd HH:MM:ss.l' : 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
    hideObject: true,
    messageFormat: (entry, messageKey, _level, { colors }) =>
      messageOf(entry, messageKey, hasColors ? colors.gray : (text) => text),
  });
}

function messageOf(entry: Entry, messageKey: string, dim: Paint): string {
  const part = typeof entry.part === 'string' ? `${escaped(entry.part)}: ` : '';
  const fields = Object.entries(entry)
    .filter(([name]) => !SHOWN_ELSEWHERE.includes(name))
    .map(([name, value]) => `${escaped(name)}=${shown(value)}`);
  const { text, stack } = errorOf(entry);
  if (text !== undefined) fields.push(`error=${shown(text)}`);
  const rest = fields.length === 0 ? '' : ` ${dim(fields.join(' '))}`;
  return `${part}${escaped(String(entry[messageKey] ?? ''))}${rest}${stack.map((line) => `\n    ${dim(line)}`).join('')}`;
}

/** The text of an entry's error, and its stack where the entry reports a bug. */
function errorOf({ err, level, msg }: Entry): { text?: string; stack: string[] } {
  if (typeof err !== 'object' || err === null) return { stack: [] };
  const { message, stack, type } = err as Entry;
  const isBug = Number(level) >= ERROR_LEVEL && type !== 'Fault' && typeof stack === 'string';
  const lines = isBug ? stack.split('\n').slice(1) : [];
  const text = typeof message === 'string' && message !== msg ? { text: message } : {};
  return { ...text, stack: lines.map((line) => escaped(line.trim())) };
}

function shown(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return value;
  return escaped(JSON.stringify(value) ?? 'undefined');
}

function escaped(text: string): string {
  return text.replace(
    CONTROL,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
