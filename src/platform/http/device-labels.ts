/** Groups and tags of devices, as requests filter by them. */
import { z } from 'zod';

const MAX_TAGS = 32;

/** A device is in at most one group. */
export const groupName = z
  .string()
  .trim()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u,
    'is not a name of up to 63 letters, digits, spaces and . _ -',
  )
  .meta({ example: 'indoors' });

export const tagName = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}.:=_-]{0,62}$/u,
    'is not a word of up to 63 letters, digits and . : = _ -',
  )
  .meta({ example: 'camera' });

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
