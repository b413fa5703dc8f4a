/**
 * Validates requests against the zod schemas of their routes: `@Body({ schema })`, `@Query({ schema })`,
 * `@Param({ schema })`. Schemas are `z.strictObject`, so unknown fields are rejected; OpenAPI shows the same schemas.
 */
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { Fault } from '../../wire/index.js';
import { issueText } from './requests/issue-text.js';

const SHOWN_ISSUES = 5;

/** A query field that is a whole number from 1 to `maximum`. */
export const wholeNumber = (maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(maximum))
    .meta({ type: 'integer', minimum: 1, maximum, pattern: undefined });

/** Validates every part of a request that has a schema. Throws REQUEST_INVALID with up to five problems. */
class RequestValidation extends StandardSchemaValidationPipe {
  protected override validate(
    ...[value, schema]: Parameters<StandardSchemaValidationPipe['validate']>
  ) {
    if (!(schema instanceof z.ZodType)) throw new TypeError('schemas of routes are of zod');
    const { success, data, error } = schema.safeParse(value);
    if (success) return { value: data as never };
    const { issues } = error;
    const shown = issues.slice(0, SHOWN_ISSUES).map((issue) => issueText(issue, value, schema));
    const more = issues.length > SHOWN_ISSUES ? [`and ${issues.length - SHOWN_ISSUES} more`] : [];
    throw new Fault('REQUEST_INVALID', [...shown, ...more].join('; '));
  }
}

/** The validation pipe of every route. */
export function requestValidation(): StandardSchemaValidationPipe {
  return new RequestValidation();
}
