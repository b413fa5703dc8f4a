/** Requests of the REST interface of models. */
import type { RequestBodyObject, SchemaObject } from '@nestjs/swagger';
import { z } from 'zod';
import { wholeNumber } from '../../platform/index.js';
import { encodingPolicy, leavesPolicy, modelManifest } from '../../wire/index.js';

export const modelId = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/, 'must be a model id'),
});
export type ModelId = z.infer<typeof modelId>;

export const uploadQuery = z.strictObject({
  name: modelManifest.shape.name.meta({
    description: 'Overrides the name of the manifest and of the file',
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
              'Up to 64 inputs to measure the accuracy of lossy encodings: pictures for a model with one image input, else ' +
              'the concatenated bytes of all inputs',
          },
          manifest: z.toJSONSchema(modelManifest, { io: 'input' }) as SchemaObject,
          name: {
            type: 'string',
            description: 'Overrides the name of the manifest and of the file',
          },
        },
      },
    },
    'application/octet-stream': { schema: binary },
  },
};

/** Mutable fields of a model, at least one of them. */
export const modelChange = z
  .strictObject({ policy: encodingPolicy.optional(), leaves: leavesPolicy.optional() })
  .refine(
    ({ policy, leaves }) => policy !== undefined || leaves !== undefined,
    'needs policy or leaves',
  );
export type ModelChange = z.infer<typeof modelChange>;

export const modelState = z.enum(['checking', 'ready', 'refused']);

export const modelsQuery = z.strictObject({
  name: modelManifest.shape.name,
  state: modelState.optional(),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type ModelsQuery = z.infer<typeof modelsQuery>;
