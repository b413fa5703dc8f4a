/** The fields of all messages by place, from the schemas, and as the table “Fields” of docs/protocol.md names them. */
import { z } from 'zod';
import * as wire from '../../../src/wire/index.js';
import { SCHEMAS } from './wire-pages.js';

/** Places of fields by message, and by part where several messages share one. */
export type Fields = Readonly<Record<string, readonly string[]>>;

interface Schema {
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Objects that stand in several messages: a place that holds one is named once, and its fields stand under the part. */
const PARTS: Readonly<Record<string, z.ZodType>> = {
  link: wire.linkEstimate,
  prediction: wire.prediction,
  'row times': wire.rowTimes,
};
/** The link of a record and its stages are parts without some fields. */
const LESS = [wire.linkAtStart, wire.stageTimes];
/** Cuts of a mix and rows of a table have these fields of the plan itself. */
const CUT = /^(?:mix\.cuts|table\.rows)\.(?:device|cloud|uploads|predicted)\b/;

const schemaOf = (type: z.ZodType): Schema => z.toJSONSchema(type, { io: 'output' }) as Schema;
const keysOf = (schema: Schema): string => Object.keys(schema.properties ?? {}).join();
const PART_KEYS = new Set([...Object.values(PARTS), ...LESS].map((type) => keysOf(schemaOf(type))));

/** Every field of a schema, containers included; `v` stands for all messages once. */
function placesIn(schema: Schema): string[] {
  const found = new Set<string>();
  const visit = (at: Schema, path: readonly string[]): void => {
    for (const one of at.anyOf ?? at.oneOf ?? []) visit(one, path);
    if (at.items) visit(at.items, path);
    if (path.length > 0 && PART_KEYS.has(keysOf(at))) return;
    for (const [field, one] of Object.entries(at.properties ?? {})) {
      const place = [...path, field].join('.');
      if (place === 'v' || CUT.test(place)) continue;
      found.add(place);
      visit(one, [...path, field]);
    }
  };
  visit(schema, []);
  return [...found].sort();
}

/** The fields that the schemas have. */
export function fieldsOfSchemas(): Fields {
  const ofMessages = Object.entries(SCHEMAS).map(([name, type]) => [
    name,
    placesIn(schemaOf(type)),
  ]);
  const ofParts = Object.entries(PARTS).map(([name, type]) => [name, placesIn(schemaOf(type))]);
  return Object.fromEntries([['all', ['v']], ...ofMessages, ...ofParts]);
}

/** The fields that a page names under “Fields”, each with some words: `| message, … | field, … | meaning |`. */
export function fieldsOfPage(page: string): Fields {
  const [, section = ''] = /^## Fields$([\s\S]*?)^## /m.exec(page) ?? [];
  const rows = [...section.matchAll(/^\| ([a-zA-Z, ]+) \| (`[^|]+`) \| ([^|]{12,}) \|$/gm)];
  const found: Record<string, string[]> = {};
  for (const [, messages = '', fields = ''] of rows) {
    const names = [...fields.matchAll(/`([^`]+)`/g)].map(([, field = '']) => field);
    for (const message of messages.split(', '))
      found[message] = [...(found[message] ?? []), ...names];
  }
  return Object.fromEntries(Object.entries(found).map(([name, fields]) => [name, fields.sort()]));
}

/** Offset and length of each field of the chunk header, as a page has them under “Tensor chunk”. */
export function headerOfPage(page: string): { offset: number; bytes: number }[] {
  const [, section = ''] = /^## Tensor chunk$([\s\S]*?)^## /m.exec(page) ?? [];
  return [...section.matchAll(/^\| (\d+) \| (\d+) \| /gm)].map(([, offset, bytes]) => ({
    ...{ offset: Number(offset), bytes: Number(bytes) },
  }));
}
