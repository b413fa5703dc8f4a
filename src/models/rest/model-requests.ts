/** Requests of the REST interface of models. */
import type { RequestBodyObject, SchemaObject } from '@nestjs/swagger';
import { z } from 'zod';
import { modelReference, wholeNumber } from '../../platform/index.js';
import { modelManifest } from '../../wire/index.js';
import { modelChange } from '../uploads/change-request.js';

export const modelPath = z.strictObject({ id: modelReference });
export type ModelPath = z.infer<typeof modelPath>;

const MAX_MANIFEST_CHARACTERS = 8192;

export const uploadQuery = z.strictObject({
  name: modelManifest.shape.name.meta({
    description: 'Overrides the name of the manifest and of the file',
  }),
  manifest: z.string().max(MAX_MANIFEST_CHARACTERS).optional().meta({
    description:
      'The manifest as JSON, for a body that is the file alone; a form has a part for it',
  }),
});
export type UploadQuery = z.infer<typeof uploadQuery>;

const binary: SchemaObject = { type: 'string', format: 'binary' };

const calibration: SchemaObject = {
  type: 'array',
  items: binary,
  description:
    'Up to 64 inputs to measure the accuracy of lossy encodings: pictures for a model with one image input, else ' +
    'the concatenated bytes of all inputs',
};

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as SchemaObject;

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
          calibration,
          manifest: schemaOf(modelManifest),
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

/** The two forms of a change's body, for the API pages; readChange reads them. */
export const changeBody: RequestBodyObject = {
  required: true,
  content: {
    'application/json': {
      schema: schemaOf(modelChange),
      example: { policy: { maxRelativeError: 0.01 }, leaves: 'features' },
    },
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { calibration, manifest: schemaOf(modelChange) },
      },
    },
  },
};

export const modelState = z.enum(['checking', 'ready', 'refused']);

export const modelsQuery = z.strictObject({
  name: modelManifest.shape.name,
  state: z
    .enum([...modelState.options, 'all'])
    .optional()
    .meta({ description: 'Absent: all but refused uploads' }),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type ModelsQuery = z.infer<typeof modelsQuery>;
