/** The body of POST /api/v1/models in its two forms: multipart (file, manifest, name, calibration…), or the bytes alone. */
import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Fault, issueText, type ModelManifest, modelManifest } from '../../wire/index.js';
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

/** Removes the files of an upload. */
export async function discard({ file, calibration }: Upload): Promise<void> {
  for (const one of [file, ...calibration]) await one.discard();
}

const OCTETS = 'application/octet-stream';
const MAX_CALIBRATION_FILES = 64;
const MANIFEST_LIMIT_BYTES = 8 * 1024 * 1024;
const modelName = modelManifest.shape.name.unwrap();

/** The file of a model and its blocks, which together have about its size. */
const COPIES = 2;

/** Reads the body; throws UPLOAD_TYPE, UPLOAD_TOO_LARGE, DISK_FULL, MANIFEST_INVALID or REQUEST_INVALID, leaving no file. */
export async function readUpload(
  request: FastifyRequest,
  place: UploadPlace,
  name: string | undefined,
): Promise<Upload> {
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  const neededBytes = COPIES * Math.min(announcedBytes, place.limitBytes);
  if (request.isMultipart()) {
    await place.expectRoom(neededBytes);
    return readMultipart(request, place, name);
  }
  if (request.headers['content-type']?.split(';')[0]?.trim() !== OCTETS) {
    throw new Fault('UPLOAD_TYPE', `send the model as multipart/form-data or ${OCTETS}`);
  }
  if (announcedBytes > place.limitBytes) throw tooLarge(place.limitBytes);
  await place.expectRoom(neededBytes);
  const file = await receiveFile(request.raw, place);
  return finished([{ field: 'file', file }], { name });
}

type PartField = 'file' | 'calibration';

interface ReceivedPart {
  readonly field: PartField;
  readonly file: ReceivedFile;
}

interface Fields {
  readonly name?: string | undefined;
  readonly manifest?: string | undefined;
  readonly fileName?: string | undefined;
}

async function readMultipart(
  request: FastifyRequest,
  place: UploadPlace,
  name: string | undefined,
): Promise<Upload> {
  const { limitBytes } = place;
  const limits = {
    ...{ fileSize: limitBytes + 1, files: 1 + MAX_CALIBRATION_FILES },
    ...{ fields: 2, fieldSize: MANIFEST_LIMIT_BYTES },
  };
  const files: ReceivedPart[] = [];
  let leftBytes = limitBytes;
  const fields: Record<string, string> = name === undefined ? {} : { name };
  try {
    for await (const part of partsOf(request, { limits })) {
      if (part.type === 'file') {
        const field = checkedFile(part, files);
        if (field === 'file') fields.fileName = part.filename;
        const file = await receiveFile(part.file, { ...place, limitBytes: leftBytes });
        files.push({ field, file });
        leftBytes -= file.bytes;
      } else fields[checkedField(part.fieldname)] = String(part.value);
    }
  } catch (error) {
    for (const { file } of files) await file.discard();
    throw error;
  }
  return finished(files, fields);
}

/**
 * The parts of a form. What its parser rejects is the client's to correct: it has errors without a status, for a boundary that is missing,
 * or for parts that are malformed. Errors of the disk do not come from here.
 */
async function* partsOf(
  request: FastifyRequest,
  options: Parameters<FastifyRequest['parts']>[0],
): AsyncGenerator<Multipart, void> {
  try {
    for await (const part of request.parts(options)) yield part;
  } catch (error) {
    if (error instanceof Fault || !(error instanceof Error) || 'statusCode' in error) throw error;
    throw new Fault('REQUEST_INVALID', `multipart/form-data: ${error.message}`, { cause: error });
  }
}

function checkedFile({ fieldname }: MultipartFile, before: readonly ReceivedPart[]): PartField {
  if (fieldname === 'calibration') return fieldname;
  if (fieldname !== 'file') {
    const text = `${fieldname}: unknown field; send the model as 'file'`;
    throw new Fault('REQUEST_INVALID', text);
  }
  if (before.some(({ field }) => field === 'file')) {
    throw new Fault('REQUEST_INVALID', 'file: given twice');
  }
  return fieldname;
}

function checkedField(field: string): string {
  if (field === 'manifest' || field === 'name') return field;
  throw new Fault('REQUEST_INVALID', `${field}: unknown field`);
}

async function finished(parts: readonly ReceivedPart[], fields: Fields): Promise<Upload> {
  try {
    const file = parts.find(({ field }) => field === 'file')?.file;
    if (file === undefined) throw new Fault('REQUEST_INVALID', 'file: missing');
    const manifest = parseManifest(fields.manifest);
    const calibration = parts.filter(({ field }) => field === 'calibration').map((one) => one.file);
    return { file, calibration, manifest, name: nameOf(fields, manifest) };
  } catch (error) {
    for (const { file } of parts) await file.discard();
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
