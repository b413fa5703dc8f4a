/** The body of POST /api/v1/models in its two forms: multipart (file, manifest, name), or the bytes alone. */
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Fault, issueText, type ModelManifest, modelManifest } from '../wire/index.js';
import { type ReceivedFile, receiveFile, tooLarge } from './upload.js';

/** What was uploaded; the file is the caller's to remove. */
export interface Upload {
  readonly file: ReceivedFile;
  readonly manifest: ModelManifest;
  /** As given, or taken from the manifest or the name of the file. */
  readonly name: string;
}

const OCTETS = 'application/octet-stream';
const MANIFEST_LIMIT_BYTES = 8 * 1024 * 1024;
const modelName = modelManifest.shape.name.unwrap();

export interface UploadPlace {
  readonly folder: string;
  readonly limitBytes: number;
}

/** Reads the body; throws UPLOAD_TYPE, UPLOAD_TOO_LARGE, MANIFEST_INVALID or REQUEST_INVALID, leaving no file. */
export async function readUpload(
  request: FastifyRequest,
  place: UploadPlace,
  name: string | undefined,
): Promise<Upload> {
  if (request.isMultipart()) return readMultipart(request, place, name);
  if (request.headers['content-type']?.split(';')[0]?.trim() !== OCTETS) {
    throw new Fault('UPLOAD_TYPE', `send the model as multipart/form-data or ${OCTETS}`);
  }
  if (Number(request.headers['content-length']) > place.limitBytes)
    throw tooLarge(place.limitBytes);
  const file = await receiveFile(request.raw, place.folder, place.limitBytes);
  return finished(file, { name });
}

interface Fields {
  readonly name?: string | undefined;
  readonly manifest?: string | undefined;
  readonly fileName?: string | undefined;
}

async function readMultipart(
  request: FastifyRequest,
  { folder, limitBytes }: UploadPlace,
  name: string | undefined,
): Promise<Upload> {
  const limits = { fileSize: limitBytes + 1, files: 1, fields: 2, fieldSize: MANIFEST_LIMIT_BYTES };
  let file: ReceivedFile | undefined;
  const fields: Record<string, string> = name === undefined ? {} : { name };
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'file') {
        fields.fileName = checkedFile(part).filename;
        file = await receiveFile(part.file, folder, limitBytes);
      } else fields[checkedField(part.fieldname)] = String(part.value);
    }
    if (file === undefined) throw new Fault('REQUEST_INVALID', 'file: is missing in the form');
  } catch (error) {
    await file?.discard();
    throw error;
  }
  return finished(file, fields);
}

function checkedFile(part: MultipartFile): MultipartFile {
  if (part.fieldname !== 'file') {
    throw new Fault(
      'REQUEST_INVALID',
      `${part.fieldname}: is no field of this form; the model is 'file'`,
    );
  }
  return part;
}

function checkedField(field: string): string {
  if (field === 'manifest' || field === 'name') return field;
  throw new Fault('REQUEST_INVALID', `${field}: is no field of this form`);
}

async function finished(file: ReceivedFile, fields: Fields): Promise<Upload> {
  try {
    const manifest = parseManifest(fields.manifest);
    return { file, manifest, name: nameOf(fields, manifest) };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** The manifest in a JSON text; the empty one for none. Throws MANIFEST_INVALID naming the field. */
export function parseManifest(text: string | undefined): ModelManifest {
  let value: unknown = {};
  try {
    if (text !== undefined) value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('MANIFEST_INVALID', 'the manifest is not JSON', { cause });
  }
  const parsed = modelManifest.safeParse(value);
  if (!parsed.success)
    throw new Fault('MANIFEST_INVALID', `the manifest: ${issueText(parsed.error)}`);
  return parsed.data;
}

/** A given name must be valid; one made of a file's name is made to be. */
function nameOf({ name, fileName }: Fields, manifest: ModelManifest): string {
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
