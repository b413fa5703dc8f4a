/** The generated parts of docs/protocol.md and docs/errors.md, from the wire table, the schemas and the table of faults. */
import { z } from 'zod';
import * as wire from '../../../src/wire/index.js';
import { wireSamples } from './wire-samples.js';

const { FAULTS, messageNames, messages } = wire;

/** The schemas of messages that are JSON, and of the head of a result. */
export const SCHEMAS: Partial<Record<wire.MessageName, z.ZodType>> = {
  status: wire.status,
  birth: wire.birth,
  telemetry: wire.telemetry,
  profile: wire.profile,
  desiredModel: wire.desiredModel,
  reportedModel: wire.reported,
  desiredPlan: wire.desiredPlan,
  reportedPlan: wire.reportedPlan,
  result: wire.resultHead,
  record: wire.recordMessage,
  receipt: wire.receipt,
  command: wire.command,
  commandReport: wire.commandReport,
};

function sizeText(bytes: number): string {
  return bytes >= 1024 ** 2 ? `${bytes / 1024 ** 2} MiB` : `${bytes / 1024} KiB`;
}

/** The table of topics. */
export function topicsTable(): string {
  const rows = messageNames.map((name) => {
    const { topic, from, qos, retain, maxBytes, about } = messages[name];
    const cells = [
      name,
      `\`${topic}\``,
      from,
      qos,
      retain ? 'yes' : 'no',
      sizeText(maxBytes),
      about,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| message | topic | sent by | QoS | retained | max | description |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The part of JSON Schema that the wire documents use. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

function range(low: number | undefined, high: number | undefined): string {
  const highest = high === undefined || high >= Number.MAX_SAFE_INTEGER ? undefined : high;
  const lowest = low === undefined || low <= Number.MIN_SAFE_INTEGER ? undefined : low;
  if (highest !== undefined) return `(${lowest ?? 0}–${highest})`;
  return lowest === undefined ? '' : `(≥ ${lowest})`;
}

function numberText({ type, minimum, exclusiveMinimum, maximum }: Schema): string {
  const bounds =
    exclusiveMinimum === undefined ? range(minimum, maximum) : `(> ${exclusiveMinimum})`;
  return `${type}${bounds}`;
}

function stringText({ pattern, format, minLength, maxLength }: Schema): string {
  if (format === 'date-time') return 'time (ISO 8601)';
  if (pattern !== undefined) return `string /${pattern}/`;
  return `string${range(minLength, maxLength)}`;
}

/** A schema in a notation near TypeScript; `?` marks optional fields. */
function typeText(schema: Schema, indent: string): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map((one) => typeText(one, indent)).join(' | ');
  if (schema.type === 'array') {
    return `[${typeText(schema.items ?? {}, indent)}]${range(schema.minItems, schema.maxItems)}`;
  }
  if (schema.type === 'object') return objectText(schema, indent);
  if (schema.type === 'string') return stringText(schema);
  return schema.type === 'number' || schema.type === 'integer'
    ? numberText(schema)
    : `${schema.type}`;
}

function objectText(
  { properties, required = [], additionalProperties }: Schema,
  indent: string,
): string {
  if (properties === undefined) {
    const values = typeof additionalProperties === 'object' ? additionalProperties : {};
    return `{ any name: ${typeText(values, indent)} }`;
  }
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(
    ([name, schema]) =>
      `${inner}${name}${required.includes(name) ? '' : '?'}: ${typeText(schema, inner)}`,
  );
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** Every JSON message: its fields and an example. */
export function messagePages(): string {
  const pages = messageNames.flatMap((name) => {
    const schema = SCHEMAS[name];
    if (schema === undefined) return [];
    const fields = typeText(z.toJSONSchema(schema, { io: 'output' }) as Schema, '');
    const sample = name === 'result' ? wireSamples.result.head : wireSamples[name];
    return [
      `### ${name}`,
      `\`\`\`\n${fields}\n\`\`\``,
      `\`\`\`json\n${JSON.stringify(sample)}\n\`\`\``,
    ];
  });
  return pages.join('\n\n');
}

/** A number in a message: its place, and its range. */
export interface NumberField {
  /** Such as `link.rttMs`; entries of a list and cuts of a plan have one place. */
  readonly place: string;
  readonly unit: string | undefined;
  readonly outside: wire.Outside | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

type NotedSchema = Schema & Partial<Pick<NumberField, 'unit' | 'outside'>>;

/** Every number of a JSON message, in the order of its fields. */
export function numbersIn(name: wire.MessageName): NumberField[] {
  const schema = SCHEMAS[name];
  if (schema === undefined) return [];
  const found: NumberField[] = [];
  const visit = (at: NotedSchema, path: readonly string[]): void => {
    if (!('const' in at) && (at.type === 'number' || at.type === 'integer')) {
      const { unit, outside, minimum: min, maximum: max } = at;
      const named = path.slice(path.at(-3) === 'times' ? -3 : -2);
      found.push({ place: named.join('.'), unit, outside, min, max });
    }
    for (const one of at.anyOf ?? at.oneOf ?? []) visit(one, path);
    if (at.items) visit(at.items, path);
    for (const [field, one] of Object.entries(at.properties ?? {})) visit(one, [...path, field]);
    if (typeof at.additionalProperties === 'object') visit(at.additionalProperties, path);
  };
  visit(z.toJSONSchema(schema, { io: 'output', metadata: wire.numberNotes }) as NotedSchema, []);
  return found;
}

const AMOUNT = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 17 });

/** In digits, except where these would be more than sixteen. */
function amountText(value: number): string {
  const size = Math.abs(value);
  return size >= 1e16 || (size > 0 && size < 1e-4) ? value.toExponential() : AMOUNT.format(value);
}

/** The numbers of all messages: one row for those of a message that share a range. */
export function numbersTable(): string {
  const rows = messageNames.flatMap((name) => {
    const places = new Map<string, Set<string>>();
    for (const { place, unit, outside, min, max } of numbersIn(name)) {
      const range = [unit, amountText(min ?? Number.NaN), amountText(max ?? Number.NaN), outside];
      const key = range.join(' | ');
      places.set(key, (places.get(key) ?? new Set()).add(place));
    }
    return [...places].map(([range, fields]) => {
      return `| ${name} | ${[...fields].map((field) => `\`${field}\``).join(', ')} | ${range} |`;
    });
  });
  return [
    '| message | fields | unit | min | max | outside |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The bytes of the two binary examples. */
export function binaryExamples(): string {
  const hex = (bytes: Uint8Array) =>
    wire
      .toHex(bytes)
      .replace(/(.{64})/g, '$1\n')
      .trim();
  const result = wire.encodeMessage('result', wireSamples.result);
  return [
    'A chunk of 4 bytes (the header of 112, then `00 00 80 3f`):',
    `\`\`\`\n${hex(wireSamples.tensor)}\n\`\`\``,
    'A result with one float32[1,2] output:',
    `\`\`\`\n${hex(result)}\n\`\`\``,
  ].join('\n\n');
}

/** docs/errors.md. */
export function errorsPage(): string {
  const codes = Object.keys(FAULTS) as wire.FaultCode[];
  const rows = codes.map((code) => {
    const { kind, about } = FAULTS[code];
    return `| \`${code}\` | ${kind} | ${new wire.Fault(code, '').status} | ${about} |`;
  });
  return [
    '# Errors',
    '',
    'Every error has a code of this table. HTTP returns it as a problem document (RFC 9457) with `status`, `code` and',
    '`detail`, and `Retry-After` when a retry makes sense. MQTT sends a `result` of kind `fault`. Records and reports have a',
    'field `fault`.',
    '',
    'Generated from `src/wire/faults.ts`: change it there, then run `npx vitest run --project small test/docs.spec.ts -u`.',
    '',
    'Kinds: *invalid* – change the request; *missing* – the resource does not exist; *stale* – the state has changed, read it',
    'again; *unavailable* – retry later; *bug* – an error of Flotilla, the log has the details.',
    '',
    '| code | kind | HTTP | cause and action |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
