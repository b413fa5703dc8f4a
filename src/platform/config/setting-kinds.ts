/**
 * Kinds of settings: each builds a field of the table from its sentence, unit, default and bounds.
 */
import { z } from 'zod';

/** The documentation of a setting. */
export interface SettingMeta extends Record<string, unknown> {
  readonly description: string;
  readonly unit: string;
  /** The default as documented. */
  readonly shownDefault: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly isSecret?: boolean;
}

interface Amount {
  readonly unit: string;
  readonly minimum: number;
  readonly maximum?: number;
  readonly default: number;
  readonly shownDefault?: string;
}

export const KIB = 1024;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** The documentation of a setting, checked by the compiler. */
export const metaOf = (meta: SettingMeta): SettingMeta => meta;

/** A whole number within bounds, from the digits of a variable. */
function wholeNumber(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .pipe(
      z.number().min(minimum, `is less than ${minimum}`).max(maximum, `is more than ${maximum}`),
    );
}

export function amount(description: string, given: Amount) {
  const { unit, minimum, maximum = Number.MAX_SAFE_INTEGER } = given;
  const bounds = given.maximum === undefined ? { minimum } : { minimum, maximum: given.maximum };
  const shownDefault = given.shownDefault ?? String(given.default);
  return wholeNumber(minimum, maximum)
    .default(given.default)
    .meta(metaOf({ description, unit, shownDefault, ...bounds }));
}

export function text(description: string, unit: string, value: string) {
  return z
    .string()
    .default(value)
    .meta(metaOf({ description, unit, shownDefault: value }));
}

/** An amount without a default of its own; the sentence says what then applies. */
export function optionalAmount(
  description: string,
  { unit, minimum, shownDefault }: { unit: string; minimum: number; shownDefault: string },
) {
  return wholeNumber(minimum, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta(metaOf({ description, unit, shownDefault, minimum }));
}

/** An optional file; it is reloaded when it changes. */
export function file(description: string, shownDefault: string) {
  return z
    .string()
    .optional()
    .meta(metaOf({ description, unit: 'file', shownDefault }));
}

/** A retention time; without a default, for ever. */
export function days(description: string, value?: number) {
  const bounds = { minimum: 1, maximum: 36_500 };
  const shownDefault = value === undefined ? 'unlimited' : String(value);
  return wholeNumber(bounds.minimum, bounds.maximum)
    .optional()
    .transform((given) => given ?? value)
    .meta(metaOf({ description, unit: 'days', shownDefault, ...bounds }));
}
