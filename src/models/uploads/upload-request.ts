/** The body of POST /api/v1/models in its two forms: multipart (file, manifest, name, calibration…), or the bytes alone. */
import type { FastifyRequest } from 'fastify';
import { Fault, issueText, type ModelManifest, modelManifest } from '../../wire/index.js';
import { discardForm, type ReceivedForm, readForm } from './form.js';
import { type ReceivedFile, receiveFile, tooLarge, type UploadPlace } from './upload.js';

/** An upload; the caller removes its files. */
export interface Upload {
  readonly file: ReceivedFile;
  /** Inputs to measure accuracy on. */
  readonly calibration: readonly ReceivedFile[];
  readonly manifest: ModelManifest;
  /** As given, or from the manifest or the file name. */
  readonly name: string;
}

export const OCTETS = 'application/octet-stream';
const modelName = modelManifest.shape.name.unwrap();

/** The file of a model and its blocks, which together have about its size. */
const COPIES = 2;

/** Fields of an upload that its address can give, in place of a part of a form. */
export interface UploadFields {
  readonly name?: string | undefined;
  /** JSON. */
  readonly manifest?: string | undefined;
}

/** Reads the body; throws UPLOAD_TYPE, UPLOAD_TOO_LARGE, DISK_FULL, MANIFEST_INVALID or REQUEST_INVALID, leaving no file. */
export async function readUpload(
  request: FastifyRequest,
  place: UploadPlace,
  given: UploadFields,
): Promise<Upload> {
  return finished(await receivedForm(request, place), given);
}

async function receivedForm(request: FastifyRequest, place: UploadPlace): Promise<ReceivedForm> {
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  const neededBytes = COPIES * Math.min(announcedBytes, place.limitBytes);
  if (request.isMultipart()) {
    await place.expectRoom(neededBytes);
    return readForm(request, place, ['file', 'calibration']);
  }
  if (request.headers['content-type']?.split(';')[0]?.trim() !== OCTETS) {
    throw new Fault('UPLOAD_TYPE', `send the model as multipart/form-data or ${OCTETS}`);
  }
  if (announcedBytes > place.limitBytes) throw tooLarge(place.limitBytes);
  await place.expectRoom(neededBytes);
  const file = await receiveFile(request.raw, place);
  return { file, calibration: [], texts: {} };
}

async function finished(form: ReceivedForm, given: UploadFields): Promise<Upload> {
  try {
    const { file, fileName, calibration, texts } = form;
    if (file === undefined) throw new Fault('REQUEST_INVALID', 'file: missing');
    if (given.manifest !== undefined && texts.manifest !== undefined) {
      throw new Fault('REQUEST_INVALID', 'manifest: given in the address and in the body');
    }
    const manifest = parseManifest(texts.manifest ?? given.manifest);
    const name = nameOf({ name: texts.name ?? given.name, fileName }, manifest);
    return { file, calibration, manifest, name };
  } catch (error) {
    await discardForm(form);
    throw error;
  }
}

/** Parses a manifest; undefined gives the empty one. Throws MANIFEST_INVALID naming the field. */
export function parseManifest(text: string | undefined): ModelManifest {
  let value: unknown = {};
  try {
    if (text !== undefined) value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('MANIFEST_INVALID', 'manifest: not JSON', { cause });
  }
  const parsed = modelManifest.safeParse(value);
  if (!parsed.success) throw new Fault('MANIFEST_INVALID', `manifest: ${issueText(parsed.error)}`);
  return parsed.data;
}

/** Checks a given name; makes a valid one from the file name. */
function nameOf(
  {
    name,
    fileName,
  }: { readonly name?: string | undefined; readonly fileName?: string | undefined },
  manifest: ModelManifest,
): string {
  if (name !== undefined) {
    const parsed = modelName.safeParse(name);
    if (!parsed.success) throw new Fault('REQUEST_INVALID', `name: ${issueText(parsed.error)}`);
    return parsed.data;
  }
  const plain = (fileName ?? '').toLowerCase().replace(/\.onnx$/, '');
  const made = plain
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64);
  return manifest.name ?? (made || 'model');
}
