/** What the REST interface of models takes and answers, field by field. */
import type { RequestBodyObject, SchemaObject } from '@nestjs/swagger';
import { z } from 'zod';
import { wholeNumber } from '../platform/index.js';
import { encodingPolicy, Fault, type ModelDocument, modelManifest } from '../wire/index.js';
import type { Examined } from './examination/examined.js';
import type { Progress } from './examination/prepared-model.js';
import { documentOf, findingsOf } from './models.service.js';
import type { ModelRow, ModelSummaryRow, ModelsPage } from './models.store.js';

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
          manifest: z.toJSONSchema(modelManifest, {
            target: 'openapi-3.0',
            io: 'input',
          }) as SchemaObject,
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

export const modelsQuery = z.strictObject({
  name: modelManifest.shape.name,
  state: z.enum(['checking', 'ready', 'refused']).optional(),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type ModelsQuery = z.infer<typeof modelsQuery>;

/** A model in a list. */
export interface ModelSummary {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly state: string;
  /** SHA-256 of the uploaded file. */
  readonly fileDigest: string;
  readonly fileBytes: number;
  readonly createdAt: string;
  readonly readyAt: string | null;
  /** Why it is refused. */
  readonly fault: { readonly code: string; readonly message: string } | null;
  /** How far its examination is. */
  readonly progress: Progress | null;
}

/** A model with all that is known of it. */
export interface ModelView extends ModelSummary {
  readonly manifest: unknown;
  readonly document: ModelDocument | null;
  /** Times on the cloud's side and the parts the network was found to have. */
  readonly findings: Omit<Examined, keyof ModelDocument> | null;
}

export function summaryOf(row: ModelSummaryRow, progress: Progress | undefined): ModelSummary {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    state: row.state,
    fileDigest: row.digest,
    fileBytes: Number(row.bytes),
    createdAt: row.createdAt.toISOString(),
    readyAt: row.readyAt?.toISOString() ?? null,
    fault: row.fault as ModelSummary['fault'],
    progress: row.state === 'checking' ? (progress ?? null) : null,
  };
}

export function viewOf(row: ModelRow, progress: Progress | undefined): ModelView {
  const found = findingsOf(row);
  const summary = { ...summaryOf(row, progress), manifest: row.manifest };
  if (found === undefined) return { ...summary, document: null, findings: null };
  const { digest, inputs, outputs, tensors, blocks, ...findings } = found;
  return { ...summary, document: documentOf(row, found), findings };
}

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
