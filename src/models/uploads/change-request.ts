/** The body of PATCH /api/v1/models/{id} in its two forms: JSON, or a form with calibration inputs and, as `manifest`, the same JSON. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Fault, issueText, modelManifest } from '../../wire/index.js';
import { discardForm, readForm } from './form.js';
import type { ReceivedFile, UploadPlace } from './upload.js';

const { inputs, outputs, policy, leaves } = modelManifest.shape;

/** Fields of a manifest that change while the blocks stay, as they replace those that are there. */
export const modelChange = z.strictObject({
  inputs: inputs
    .unwrap()
    .optional()
    .describe('What the pixels of inputs become; sizes and layout are those of the blocks'),
  outputs: outputs.unwrap().optional().describe('Kinds and labels of outputs'),
  policy: policy.unwrap().optional(),
  leaves: leaves.unwrap().optional(),
});
export type ModelChange = z.infer<typeof modelChange>;

export interface ReceivedChange {
  readonly change: ModelChange;
  /** Inputs to measure accuracy on; the caller removes them. */
  readonly calibration: readonly ReceivedFile[];
}

/** What an answer shows of a model and no request changes, with what to do instead. */
const FIXED: Readonly<Record<string, string>> = {
  name: 'versions count under it; upload the file again under the other name',
  version: 'the service counts it; upload the file again for a new one',
  ...Object.fromEntries(
    ['file', 'digest', 'fileDigest', 'fileBytes', 'document', 'tensors', 'blocks'].map(
      (field) => [field, 'the blocks are made of it; upload the file as a new model'] as const,
    ),
  ),
  calibration: 'send its files as parts of multipart/form-data',
  manifest: 'send its fields as they are: inputs, outputs, policy, leaves',
};

/** Reads the body; throws REQUEST_INVALID, UPLOAD_TOO_LARGE or DISK_FULL, leaving no file. */
export async function readChange(
  request: FastifyRequest,
  place: UploadPlace,
): Promise<ReceivedChange> {
  if (!request.isMultipart()) {
    const change = changeOf(request.body);
    if (Object.values(change).every((value) => value === undefined)) throw nothing();
    return { change, calibration: [] };
  }
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  await place.expectRoom(Math.min(announcedBytes, place.limitBytes));
  const form = await readForm(request, place, ['calibration']);
  try {
    const { manifest, name } = form.texts;
    const change = changeOf({ ...jsonOf(manifest), ...(name !== undefined && { name }) });
    const { calibration } = form;
    if (calibration.length === 0 && Object.keys(change).length === 0) throw nothing();
    // For the audit log: the parts of a form are no body.
    const files = calibration.map(({ digest, bytes }) => ({ digest, bytes }));
    (request as { body: unknown }).body = { ...change, calibration: files };
    return { change, calibration };
  } catch (error) {
    await discardForm(form);
    throw error;
  }
}

function changeOf(body: unknown): ModelChange {
  const fixed = Object.keys(FIXED).find((field) => hasOwn(body, field));
  if (fixed !== undefined) {
    throw new Fault('REQUEST_INVALID', `${fixed}: cannot be changed: ${FIXED[fixed]}`);
  }
  const parsed = modelChange.safeParse(body);
  if (!parsed.success) throw new Fault('REQUEST_INVALID', issueText(parsed.error));
  return parsed.data;
}

function jsonOf(text: string | undefined): object {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('MANIFEST_INVALID', 'manifest: not JSON', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Fault('MANIFEST_INVALID', 'manifest: not an object');
}

const hasOwn = (body: unknown, field: string): boolean =>
  typeof body === 'object' && body !== null && Object.hasOwn(body, field);

function nothing(): Fault {
  const text = 'needs inputs, outputs, policy, leaves, or calibration files of a form';
  return new Fault('REQUEST_INVALID', text);
}
