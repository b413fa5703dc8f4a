/**
 * Responses of routes as zod schemas: OpenAPI shows them, the compiler checks each route, and tests check every response.
 * Nothing is checked at run time.
 */
import { ApiResponse, type ResponseObject, type SchemaObject } from '@nestjs/swagger';
import { z } from 'zod';

/** The read-only output of a schema: what a route returns. */
export type ResponseOf<S extends z.ZodType> = Unchanging<z.output<S>>;

type Unchanging<T> = T extends object ? { readonly [K in keyof T]: Unchanging<T[K]> } : T;

type HeadersObject = NonNullable<ResponseObject['headers']>;

interface More {
  /** 200 without it. */
  readonly status?: number;
  readonly description?: string;
  /** Response headers. */
  readonly headers?: HeadersObject;
}

const DEFAULTS = { status: 200, description: '' };

/** The version of the returned resource, for If-Match. */
export const ETAG: HeadersObject = {
  ETag: {
    description: 'Version of the resource, for If-Match',
    schema: { type: 'string', example: '"3"' },
  },
};

/** A route's method. */
type Answering<S extends z.ZodType> = (...given: never[]) => ResponseOf<S> | Promise<ResponseOf<S>>;

/** This route returns JSON of the schema, such as the example. Repeat it for another status. */
export function Answers<S extends z.ZodType>(schema: S, example: ResponseOf<S>, more: More = {}) {
  const note = ApiResponse({ ...DEFAULTS, ...more, standardSchema: schema, example });
  return <F extends Answering<S>>(
    target: object,
    name: string | symbol,
    method: TypedPropertyDescriptor<F>,
  ): void => {
    note(target, name, method);
  };
}

/** This route returns one of the media types instead of JSON. */
export function AnswersMedia(mediaTypes: readonly string[], more: More = {}) {
  const content = mediaTypes.map((type) => [type, { schema: bodyOf(type) }] as const);
  return ApiResponse({ ...DEFAULTS, ...more, content: Object.fromEntries(content) });
}

const bodyOf = (mediaType: string) =>
  mediaType === 'application/octet-stream' ? {} : ({ type: 'string' } as const);

/** A point in time in responses. */
export const instant = z.iso
  .datetime()
  .meta({ id: 'Instant', description: 'ISO 8601, in UTC', example: '2026-11-23T09:30:00.000Z' });

/** A fault in a response. */
export const reportedFault = z
  .object({ code: z.string(), message: z.string() })
  .meta({ id: 'ReportedFault' });

/** A page of a list: the items under their name, and the cursor of the next page. */
export function pageOf<N extends string, S extends z.ZodType>(name: N, one: S) {
  const next = z.string().nullable().describe('Cursor of the next page; null at the end');
  const things = { [name]: z.array(one) } as Readonly<Record<N, z.ZodArray<S>>>;
  return z.object({ ...things, next });
}

/** An object with the schema under some of the names. */
export function underSomeOf<K extends string, S extends z.ZodType>(names: readonly K[], one: S) {
  const fields = Object.fromEntries(names.map((name) => [name, one.exactOptional()]));
  return z.object(fields as Readonly<Record<K, z.ZodExactOptional<S>>>);
}

/** Schemas as JSON Schema for OpenAPI 3.1; those with an id become components. */
export function documentedSchema(schema: z.ZodType, schemaType: 'input' | 'output' = 'output') {
  const { $schema, $defs, ...shown } = z.toJSONSchema(schema, {
    io: schemaType,
    // The bounds of all safe integers are noise.
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { schema: shown, components: ($defs ?? {}) as Record<string, SchemaObject> };
}
