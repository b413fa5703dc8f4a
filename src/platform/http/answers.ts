/**
 * What routes answer, as zod schemas: OpenAPI shows them, the compiler holds each route to its own, and tests hold every
 * answer they get to them. Nothing is checked while the service runs: what it says, it made itself.
 */
import { ApiResponse, type ResponseObject, type SchemaObject } from '@nestjs/swagger';
import { z } from 'zod';

/** What a schema describes, not to be changed. */
export type ResponseOf<S extends z.ZodType> = Unchanging<z.output<S>>;

type Unchanging<T> = T extends object ? { readonly [K in keyof T]: Unchanging<T[K]> } : T;

type HeadersObject = NonNullable<ResponseObject['headers']>;

interface More {
  /** 200 without it. */
  readonly status?: number;
  readonly description?: string;
  /** Those that carry something. */
  readonly headers?: HeadersObject;
}

const PLAINLY = { status: 200, description: '' };

/** The version of what is answered, for If-Match. */
export const ETAG: HeadersObject = {
  ETag: { description: 'Its version, for If-Match', schema: { type: 'string', example: '"3"' } },
};

/** A route's method. */
type Answering<S extends z.ZodType> = (...given: never[]) => ResponseOf<S> | Promise<ResponseOf<S>>;

/** This route answers with JSON of the schema, such as the example; for another status it is said once more. */
export function Answers<S extends z.ZodType>(schema: S, example: ResponseOf<S>, more: More = {}) {
  const note = ApiResponse({ ...PLAINLY, ...more, standardSchema: schema, example });
  return <F extends Answering<S>>(
    target: object,
    name: string | symbol,
    method: TypedPropertyDescriptor<F>,
  ): void => {
    note(target, name, method);
  };
}

/** This route answers with something else than JSON, of one of the media types. */
export function AnswersMedia(mediaTypes: readonly string[], more: More = {}) {
  const content = mediaTypes.map((type) => [type, { schema: bodyOf(type) }] as const);
  return ApiResponse({ ...PLAINLY, ...more, content: Object.fromEntries(content) });
}

const bodyOf = (mediaType: string) =>
  mediaType === 'application/octet-stream' ? {} : ({ type: 'string' } as const);

/** A point in time as every answer tells it. */
export const instant = z.iso
  .datetime()
  .meta({ id: 'Instant', description: 'ISO 8601, in UTC', example: '2026-11-23T09:30:00.000Z' });

/** Why something did not work out. */
export const reportedFault = z
  .object({ code: z.string(), message: z.string() })
  .meta({ id: 'ReportedFault' });

/** A page of a list: the things under their name, and the cursor of the next page. */
export function pageOf<N extends string, S extends z.ZodType>(name: N, one: S) {
  const next = z.string().nullable().describe('Cursor of the following page; null at the end');
  const things = { [name]: z.array(one) } as Readonly<Record<N, z.ZodArray<S>>>;
  return z.object({ ...things, next });
}

/** Something under some of the names. */
export function underSomeOf<K extends string, S extends z.ZodType>(names: readonly K[], one: S) {
  const fields = Object.fromEntries(names.map((name) => [name, one.exactOptional()]));
  return z.object(fields as Readonly<Record<K, z.ZodExactOptional<S>>>);
}

/** Schemas as OpenAPI 3.1 takes them, which is JSON Schema; those with an id become components. */
export function documentedSchema(schema: z.ZodType, schemaType: 'input' | 'output' = 'output') {
  const { $schema, $defs, ...shown } = z.toJSONSchema(schema, {
    io: schemaType,
    // The bounds of all whole numbers tell nobody anything.
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { schema: shown, components: ($defs ?? {}) as Record<string, SchemaObject> };
}
