/**
 * Malformed requests for every route of an OpenAPI document: odd ids, query strings, headers, content types and bodies. What is odd is
 * listed here, without a look at the code that checks it. Each route gets some of each list in turn, or all of them.
 */

export interface OddRequest {
  readonly method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly example?: Json;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** As they stand in an address: NUL, invalid UTF-8, a lone surrogate, paths, numbers of other kinds, names of prototypes. */
const IN_ADDRESS = [
  ...['%00', 'a%00b', '%ff', '%ED%A0%80', '%', '%zz', '..%2f..%2fetc', '%2e%2e', '%F0%9F%98%80'],
  ...['-1', '0', '1e999', '9'.repeat(30), 'NaN', '%20', '%0d%0aX:1', '__proto__', 'constructor'],
  ...['x'.repeat(99), 'x'.repeat(300), "'%20OR%201=1", '2026-02-30T25:61:00Z', '%5B%5D', 'null'],
];
const QUERIES = [
  ...['?%ff=%ff', '?limit=1&limit=2', '?limit[]=1', '?__proto__[a]=1', '?&=&', '?', '?limit'],
];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  ...['', 'Bearer', 'Basic', 'Basic !!!', 'Basic YQ==', 'Basic Og==', 'Digest a', 'Bearer a b'].map(
    (authorization) => ({ authorization }),
  ),
  ...['"', '""', 'W/"1"', '"1e99"', '"-1"', '*', '"\u00e9"'].map((tag) => ({ 'if-match': tag })),
  ...['', '\u00e9', 'x'.repeat(300), 'a b'].map((key) => ({ 'idempotency-key': key })),
  ...['bytes=5-1', 'bytes=-0', 'bytes=a-b', 'lines=1-2'].map((range) => ({ range })),
  ...['*/*;q=x', 'text/html', ''].map((accept) => ({ accept })),
  { 'if-none-match': '"' },
  { 'x-http-method-override': 'DELETE' },
  { 'content-encoding': 'gzip' },
];
const TYPES = [
  ...['application/json; charset=utf-99', 'application/json; boundary', 'APPLICATION/JSON', 'a'],
  ...['/', 'multipart/form-data', 'multipart/form-data; boundary=', 'multipart/mixed; boundary=x'],
  ...['text/plain', 'text/csv', 'application/x-ndjson', 'application/x-www-form-urlencoded'],
];
const BODIES: readonly (string | Buffer)[] = [
  ...['', '{', '[]', 'null', '"x"', '1e999', 'true', '{}{}', '\ufeff{}', '{"a":1,"a":2}'],
  ...['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}', '['.repeat(20_000)],
  Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
];
const TEXTS: readonly Json[] = ['\u0000', 'a\u0000b', '\ud800', '', ' ', 'x'.repeat(100_000), '😀'];
const NUMBERS: readonly Json[] = [-1, 0, 0.5, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 31, 1e15, '1'];
const VALUES: readonly Json[] = [null, [], {}, true, [[[]]], { $ref: '#' }];

/** Gives some of a list at a time, and in the end each as often as any other. */
class Turns {
  private readonly at = new Map<object, number>();

  constructor(private readonly all: boolean) {}

  of<T>(list: readonly T[], count: number): T[] {
    if (this.all) return [...list];
    const start = this.at.get(list) ?? 0;
    this.at.set(list, start + count);
    return Array.from({ length: count }, (_, i) => list[(start + i) % list.length] as T);
  }
}

/** The odd requests for all routes; `all`: each route gets every item of every list. */
export function* oddRequests(document: ApiDocument, key: string, all: boolean) {
  const turns = new Turns(all);
  const bodies = new SampleBodies(document);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [verb, operation] of Object.entries(operations)) {
      const method = verb.toUpperCase() as OddRequest['method'];
      const headers = { authorization: `Bearer ${key}` };
      const at = (id: string, query = '') => `${path.replaceAll(/\{\w+\}/g, id)}${query}`;
      const ask = (more: Partial<OddRequest>): OddRequest => {
        return { method, url: at('x'), ...more, headers: { ...headers, ...more.headers } };
      };
      if (path.includes('{')) for (const id of turns.of(IN_ADDRESS, 4)) yield ask({ url: at(id) });
      for (const name of [...queriesOf(operation), 'unknown']) {
        for (const value of turns.of(IN_ADDRESS, 2)) {
          yield ask({ url: at('x', `?${name}=${value}`) });
        }
      }
      for (const query of turns.of(QUERIES, 2)) yield ask({ url: at('x', query) });
      for (const odd of turns.of(HEADERS, 4)) yield ask({ headers: odd });
      if (method === 'GET') continue;
      for (const type of [...turns.of(TYPES, 3), ...typesOf(operation)]) {
        yield ask({ payload: '{"a":1}', headers: { 'content-type': type } });
      }
      const json = { 'content-type': 'application/json' };
      for (const payload of turns.of(BODIES, 5)) yield ask({ payload, headers: json });
      for (const payload of bodies.of(operation, turns)) yield ask({ payload, headers: json });
    }
  }
}

/** The types that a route takes, without their parameters. */
function typesOf({ requestBody }: Operation): string[] {
  return Object.keys(requestBody?.content ?? {});
}

function queriesOf({ parameters = [] }: Operation): string[] {
  return parameters.filter((one) => one.in === 'query').map(({ name }) => name);
}

/** Bodies as a route describes them, but for one value. */
class SampleBodies {
  constructor(private readonly document: ApiDocument) {}

  *of({ requestBody }: Operation, turns: Turns): Generator<string> {
    const schema = requestBody?.content['application/json']?.schema;
    if (schema === undefined) return;
    const sample = this.sampleOf(schema, 0);
    for (const place of placesIn(sample)) {
      for (const list of [TEXTS, NUMBERS, VALUES]) {
        for (const odd of turns.of(list, 1)) yield JSON.stringify(replaced(sample, place, odd));
      }
    }
  }

  private sampleOf(schema: Schema, depth: number): Json {
    const { $ref, example, enum: words, properties = {}, items, minimum } = schema;
    if ($ref !== undefined) {
      const found = this.document.components?.schemas?.[$ref.split('/').at(-1) ?? ''];
      return found === undefined || depth > 6 ? null : this.sampleOf(found, depth + 1);
    }
    const given = example ?? schema.default ?? schema.const ?? words?.[0];
    if (given !== undefined) return given;
    const choice = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0];
    if (choice !== undefined) return this.sampleOf(choice, depth + 1);
    const type = [schema.type].flat()[0];
    if (type === 'string') return 'x';
    if (type === 'number' || type === 'integer') return minimum ?? 1;
    if (type === 'boolean') return true;
    if (type === 'array') return items === undefined ? [] : [this.sampleOf(items, depth + 1)];
    const fields = Object.entries(properties);
    return Object.fromEntries(fields.map(([name, one]) => [name, this.sampleOf(one, depth + 1)]));
  }
}

type Place = readonly (string | number)[];

function placesIn(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return [[]];
  const parts = Object.entries(value) as [string, Json][];
  return parts.flatMap(([name, one]) => placesIn(one).map((place) => [name, ...place]));
}

function replaced(value: Json, [name, ...rest]: Place, odd: Json): Json {
  if (name === undefined) return odd;
  const copy = structuredClone(value) as Record<string | number, Json>;
  copy[name] = replaced(copy[name] ?? null, rest, odd);
  return copy;
}
