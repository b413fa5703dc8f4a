/** Groups and tags of devices, as requests filter by them, and targets of requests that change many devices. */
import { z } from 'zod';
import { deviceId } from '../../../wire/index.js';

const MAX_TAGS = 32;
const MAX_NAMED = 1000;

/**
 * A pattern for programs in other languages, whose regular expressions know no classes of Unicode (`re` of Python) or write them in
 * another way: it takes every letter, digit and sign beyond ASCII. The service is stricter.
 */
const portable = (signs: string) => {
  const first = '[^\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f]';
  return `^${first}(?:${first}|[${signs}]){0,62}$`;
};

/** A device is in at most one group. */
export const groupName = z
  .string()
  .trim()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u,
    'is not a name of up to 63 letters, digits, spaces and . _ -',
  )
  .meta({ example: 'indoors', pattern: portable(' ._-') });

export const tagName = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}.:=_-]{0,62}$/u,
    'is not a word of up to 63 letters, digits and . : = _ -',
  )
  .meta({ example: 'camera', pattern: portable('.:=_-') });

/** Tags separated by commas. */
export const tagList = z
  .string()
  .transform((text) => [...new Set(text.split(','))])
  .refine(
    (tags) => tags.length <= MAX_TAGS && tags.every((tag) => tagName.safeParse(tag).success),
    `is not a list of up to ${MAX_TAGS} tags`,
  )
  .meta({
    description: 'Only devices with all of these tags',
    example: 'camera,ground-floor',
  });

/** The tags of a device: unique and sorted. */
export const tagNames = z
  .array(tagName)
  .max(MAX_TAGS)
  .overwrite((tags) => [...new Set(tags)].sort());

/** What a change of many devices is for: every device, named ones, those of a group, or those with all of some tags. */
export const deviceTarget = z
  .strictObject({
    all: z.literal(true).optional().describe('Every device; given alone'),
    devices: z.array(deviceId).min(1).max(MAX_NAMED).optional(),
    group: groupName.optional(),
    tags: tagNames.optional(),
  })
  .refine(
    (target) => target.all === true || namesSome(target),
    'names no device, group or tag; {"all": true} means every device',
  )
  .refine(
    (target) => target.all === undefined || !namesSome(target),
    'names every device and some of them',
  )
  .meta({ description: 'Conditions that devices meet all of; {"all": true} for every device' });
export type DeviceTargetRequest = z.infer<typeof deviceTarget>;

interface Conditions {
  readonly devices?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

function namesSome({ devices, group, tags = [] }: Conditions): boolean {
  return devices !== undefined || group !== undefined || tags.length > 0;
}
