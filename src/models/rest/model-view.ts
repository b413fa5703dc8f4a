/** Models in responses of the REST interface. */
import { z } from 'zod';
import {
  chosenFields,
  instant,
  namedModel,
  namedOf,
  pageOf,
  type ResponseOf,
  reportedFault,
} from '../../platform/index.js';
import { modelDocument, modelManifest } from '../../wire/index.js';
import { examined, type Progress, progress, update } from '../examination/examined.js';
import type { ModelRow, ModelSummaryRow } from '../store/models.store.js';
import { documentOf, findingsOf, manifestOf } from '../store/stored-model.js';
import { modelState } from './model-requests.js';

export const modelSummarySchema = z
  .object({
    ...namedModel.shape,
    id: z.string(),
    name: z.string(),
    state: modelState,
    fileDigest: z.string().describe('SHA-256 of the uploaded file'),
    fileBytes: z.int(),
    createdAt: instant,
    readyAt: instant.nullable(),
    fault: reportedFault.nullable().describe('Why the model is refused'),
    progress: progress.nullable().describe('Progress of the examination, or of an update'),
    lastUpdate: update.nullable(),
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
  const lastUpdate = row.lastUpdate as ModelSummary['lastUpdate'];
  const isUnderWay = row.state === 'checking' || lastUpdate?.state === 'running';
  return {
    ...namedOf(row),
    state: row.state as ModelSummary['state'],
    fileDigest: row.digest,
    fileBytes: Number(row.bytes),
    createdAt: row.createdAt.toISOString(),
    readyAt: row.readyAt?.toISOString() ?? null,
    fault: row.fault as ModelSummary['fault'],
    progress: isUnderWay ? (progressNow ?? null) : null,
    lastUpdate,
  };
}

export function modelView(row: ModelRow, progressNow: Progress | undefined): ModelView {
  const found = findingsOf(row);
  const summary = { ...modelSummary(row, progressNow), manifest: manifestOf(row) };
  if (found === undefined) return { ...summary, document: null, findings: null };
  const { digest, inputs, outputs, tensors, blocks, ...findings } = found;
  return { ...summary, document: documentOf(row, found), findings };
}

/** A model as the audit log shows it: with its manifest, but with numbers of labels in place of the labels. */
export function describedModel(row: ModelRow): object {
  const { inputs, outputs, policy, leaves } = manifestOf(row);
  const { inputs: measuredOn = 0, source = null } = findingsOf(row)?.accuracy ?? {};
  return {
    ...{ ...modelSummary(row, undefined), policy, leaves, inputs },
    outputs: outputs.map(({ labels, ...output }) => ({ ...output, labels: labels?.length ?? 0 })),
    accuracy: { source, inputs: measuredOn },
  };
}
