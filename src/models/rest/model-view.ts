/** Models as the REST interface shows them, field by field. */
import { z } from 'zod';
import { instant, pageOf, type ResponseOf, reportedFault } from '../../platform/index.js';
import { modelDocument, modelManifest } from '../../wire/index.js';
import { examined, type Progress, progress } from '../examination/examined.js';
import { documentOf, findingsOf, manifestOf } from '../models.service.js';
import type { ModelRow, ModelSummaryRow } from '../store/models.store.js';
import { modelState } from './model-requests.js';

export const modelSummary = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.int(),
    state: modelState,
    fileDigest: z.string().describe('SHA-256 of the uploaded file'),
    fileBytes: z.int(),
    createdAt: instant,
    readyAt: instant.nullable(),
    fault: reportedFault.nullable().describe('Why it is refused'),
    progress: progress.nullable().describe('How far its examination is'),
  })
  .meta({ id: 'ModelSummary', description: 'A model in a list' });
export type ModelSummary = ResponseOf<typeof modelSummary>;

export const modelPage = pageOf('models', modelSummary);

export const modelView = modelSummary
  .extend({
    manifest: modelManifest,
    document: modelDocument.nullable(),
    findings: examined
      .omit({ digest: true, inputs: true, outputs: true, tensors: true, blocks: true })
      .nullable()
      .describe('Times on the cloud’s side and the parts the network was found to have'),
  })
  .meta({ id: 'Model', description: 'A model with all that is known of it' });
export type ModelView = ResponseOf<typeof modelView>;

export function summaryOf(row: ModelSummaryRow, told: Progress | undefined): ModelSummary {
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
    progress: row.state === 'checking' ? (told ?? null) : null,
  };
}

export function viewOf(row: ModelRow, told: Progress | undefined): ModelView {
  const found = findingsOf(row);
  const summary = { ...summaryOf(row, told), manifest: manifestOf(row) };
  if (found === undefined) return { ...summary, document: null, findings: null };
  const { digest, inputs, outputs, tensors, blocks, ...findings } = found;
  return { ...summary, document: documentOf(row, found), findings };
}
