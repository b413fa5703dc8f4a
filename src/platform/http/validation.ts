/**
 * Validates requests against the zod schemas of their routes: `@Body({ schema })`, `@Query({ schema })`,
 * `@Param({ schema })`. Schemas are `z.strictObject`, so unknown fields are rejected; OpenAPI shows the same schemas.
 */
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { Fault } from '../../wire/index.js';

const SHOWN_ISSUES = 5;

interface Issue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

function textOf({ path, message }: Issue): string {
  const place = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  return place.length === 0 ? message : `${place.join('.')}: ${message}`;
}

/** A query field that is a whole number from 1 to `maximum`. */
export const wholeNumber = (maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(maximum))
    .meta({ type: 'integer', minimum: 1, maximum, pattern: undefined });

/** The validation pipe of every route. Throws REQUEST_INVALID with up to five problems. */
export function requestValidation(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const shown = issues.slice(0, SHOWN_ISSUES).map(textOf).join('; ');
      const more = issues.length - SHOWN_ISSUES;
      return new Fault('REQUEST_INVALID', more > 0 ? `${shown}; and ${more} more` : shown);
    },
  });
}
