/** Models in responses of the REST interface. */
import { z } from 'zod';
import {
  chosenFields,
  instant,
  pageOf,
  type ResponseOf,
  reportedFault,
} from '../../platform/index.js';
import { modelDocument, modelManifest } from '../../wire/index.js';
import { examined, type Progress, progress } from '../examination/examined.js';
import { documentOf, findingsOf, manifestOf } from '../models.service.js';
import type { ModelRow, ModelSummaryRow } from '../store/models.store.js';
import { modelState } from './model-requests.js';

export const modelSummarySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.int(),
    state: modelState,
    fileDigest: z.string().describe('SHA-256 of the uploaded file'),
    fileBytes: z.int(),
    createdAt: instant,
    readyAt: instant.nullable(),
    fault: reportedFault.nullable().describe('Why the model is refused'),
    progress: progress.nullable().describe('Progress of the examination'),
  })
  .meta({ id: 'ModelSummary', description: 'A model in a list' });
export type ModelSummary = ResponseOf<typeof modelSummarySchema>;

/** The fields of models in lists. */
export const modelFields = chosenFields(modelSummarySchema, ['id'], 'ListedModel');

export const modelPage = pageOf('models', modelFields.item);

export const modelViewSchema = modelSummarySchema
  .extend({
    manifest: modelManifest,
    document: modelDocument.nullable(),
    findings: examined
      .omit({ digest: true, inputs: true, outputs: true, tensors: true, blocks: true })
      .nullable()
      .describe('Units of the network and times in the cloud'),
  })
  .meta({ id: 'Model', description: 'A model with its manifest, document and findings' });
export type ModelView = ResponseOf<typeof modelViewSchema>;

export function modelSummary(
  row: ModelSummaryRow,
  progressNow: Progress | undefined,
): ModelSummary {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    state: row.state as ModelSummary['state'],
    fileDigest: row.digest,
    fileBytes: Number(row.bytes),
    createdAt: row.createdAt.toISOString(),
    readyAt: row.readyAt?.toISOString() ?? null,
    fault: row.fault as ModelSummary['fault'],
    progress: row.state === 'checking' ? (progressNow ?? null) : null,
  };
}

export function modelView(row: ModelRow, progressNow: Progress | undefined): ModelView {
  const found = findingsOf(row);
  const summary = { ...modelSummary(row, progressNow), manifest: manifestOf(row) };
  if (found === undefined) return { ...summary, document: null, findings: null };
  const { digest, inputs, outputs, tensors, blocks, ...findings } = found;
  return { ...summary, document: documentOf(row, found), findings };
}
