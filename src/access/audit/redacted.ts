/** Requests and answers as they may be kept: without secrets, and not without bounds. */

const SECRET_FIELD = /^key$|(secret|token|password|authorization)$/i;
/** Keys and tokens are known by how they begin, wherever they stand. */
const SECRET_TEXT = /\bfl[oe]_[\w-]{43}/g;
const MASK = '***';
const MAX_CHARS = 32_768;

/** The value with secrets replaced, wherever they are in it. */
export function redacted(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(SECRET_TEXT, MASK);
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      typeof one === 'string' && SECRET_FIELD.test(name) ? MASK : redacted(one),
    ]),
  );
}

/** The same, as a value for the audit log; of one that is too large only its size and beginning. */
export function forAudit(value: unknown): unknown {
  const text = JSON.stringify(redacted(value));
  if (text === undefined) return null;
  if (text.length <= MAX_CHARS) return JSON.parse(text);
  return { chars: text.length, beginning: text.slice(0, 1024) };
}
