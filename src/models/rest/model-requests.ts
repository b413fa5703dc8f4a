/** What the REST interface of models takes, field by field. */
import type { RequestBodyObject, SchemaObject } from '@nestjs/swagger';
import { z } from 'zod';
import { wholeNumber } from '../../platform/index.js';
import { encodingPolicy, Fault, modelManifest } from '../../wire/index.js';
import type { ModelsPage } from '../store/models.store.js';

export const modelId = z.strictObject({ id: z.string().regex(/^[0-9a-f]{12}$/, 'is no model id') });
export type ModelId = z.infer<typeof modelId>;

export const uploadQuery = z.strictObject({
  name: modelManifest.shape.name.meta({
    description: 'Instead of that of the manifest or the file',
  }),
});
export type UploadQuery = z.infer<typeof uploadQuery>;

const binary: SchemaObject = { type: 'string', format: 'binary' };

/** The two forms of an upload's body, for the API pages; readUpload reads them. */
export const uploadBody: RequestBodyObject = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file'],
        properties: {
          file: binary,
          calibration: {
            type: 'array',
            items: binary,
            description:
              'Up to 64 inputs to measure on what lossy encodings cost: pictures for a model with one image input, else ' +
              'the bytes of all inputs one after the other',
          },
          manifest: z.toJSONSchema(modelManifest, { io: 'input' }) as SchemaObject,
          name: { type: 'string', description: 'Instead of that of the manifest or the file' },
        },
      },
    },
    'application/octet-stream': { schema: binary },
  },
};

/** What of a model can be changed. */
export const modelChange = z.strictObject({ policy: encodingPolicy });
export type ModelChange = z.infer<typeof modelChange>;

export const modelState = z.enum(['checking', 'ready', 'refused']);

export const modelsQuery = z.strictObject({
  name: modelManifest.shape.name,
  state: modelState.optional(),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type ModelsQuery = z.infer<typeof modelsQuery>;

type Place = NonNullable<ModelsPage['after']>;

const placeContent = z.tuple([z.int().min(-8.64e15).max(8.64e15), z.string().max(64)]);

/** Where a page ended, for the next request. */
export function cursorOf({ createdAt, id }: Place): string {
  return Buffer.from(JSON.stringify([createdAt.getTime(), id])).toString('base64url');
}

/** The place a cursor stands for; throws REQUEST_INVALID for text that is no cursor. */
export function placeOf(cursor: string): Place {
  try {
    const text = Buffer.from(cursor, 'base64url').toString();
    const [createdAtMs, id] = placeContent.parse(JSON.parse(text));
    return { createdAt: new Date(createdAtMs), id };
  } catch (cause) {
    throw new Fault('REQUEST_INVALID', 'cursor: is not the `next` of a page', { cause });
  }
}
