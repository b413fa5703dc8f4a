/** Models in requests and answers: one reference, one set of fields. */
import { z } from 'zod';

/** A name of 64 characters, an @ and a version of up to nine digits. */
const MAX_CHARACTERS = 74;

/** What every request takes for a model. */
export const modelReference = z.string().min(1).max(MAX_CHARACTERS).meta({
  description:
    'Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions',
  example: 'mobilenetv2@3',
});

/** What every answer shows of a model. */
export const namedModel = z
  .object({
    id: z.string().nullable(),
    name: z.string().nullable().describe('Null: the model is deleted'),
    version: z.int().nullable().describe('Null until the model is ready'),
    digest: z
      .string()
      .nullable()
      .describe('SHA-256 of the model in normal form, as in documents, plans and frames'),
  })
  .meta({ id: 'NamedModel', description: 'A model as answers name it' });

export const NAMED_MODEL_EXAMPLE = {
  ...{ id: '3f9c2a41d07b', name: 'mobilenetv2', version: 3 },
  digest: '9b1c0f3a5d7e2468'.repeat(4),
} as const;
