/** The parts of a form with a model or calibration inputs: files go to disk as they come, texts are bounded. */
import type { Multipart, MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../wire/index.js';
import { type ReceivedFile, receiveFile, type UploadPlace } from './upload.js';

export type FileField = 'file' | 'calibration';
export type TextField = 'manifest' | 'name';

/** What was received; the caller removes the files. */
export interface ReceivedForm {
  readonly file?: ReceivedFile | undefined;
  /** The name that the client gave its file. */
  readonly fileName?: string | undefined;
  readonly calibration: readonly ReceivedFile[];
  readonly texts: Readonly<Partial<Record<TextField, string>>>;
}

const MAX_CALIBRATION_FILES = 64;
const TEXT_LIMIT_BYTES = 8 * 1024 * 1024;
const TEXTS: readonly string[] = ['manifest', 'name'] satisfies TextField[];
/** A part whose Content-Type says JSON and whose text is none: @fastify/multipart. */
const NOT_JSON = 'FST_INVALID_JSON_FIELD_ERROR';

/** Removes the files of a request. */
export async function discardForm({
  file,
  calibration,
}: Pick<ReceivedForm, 'file' | 'calibration'>): Promise<void> {
  await file?.discard();
  for (const one of calibration) await one.discard();
}

/**
 * Reads a form of these files and of the texts `manifest` and `name`, each at most once; a text can also come as a file
 * (`-F manifest=@file.json`). Throws REQUEST_INVALID, MANIFEST_INVALID, UPLOAD_TOO_LARGE or DISK_FULL, leaving no file.
 */
export async function readForm(
  request: FastifyRequest,
  place: UploadPlace,
  fileFields: readonly FileField[],
): Promise<ReceivedForm> {
  const { limitBytes } = place;
  const limits = {
    ...{ fileSize: limitBytes + 1, files: 1 + MAX_CALIBRATION_FILES + TEXTS.length },
    ...{ fields: TEXTS.length + 1, fieldSize: TEXT_LIMIT_BYTES },
  };
  const form = { calibration: [] as ReceivedFile[], texts: {} as Record<string, string> };
  const received: ReceivedForm & { file?: ReceivedFile; fileName?: string } = form;
  let leftBytes = limitBytes;
  try {
    for await (const part of partsOf(request, { limits })) {
      const field = part.fieldname;
      if (TEXTS.includes(field)) {
        if (form.texts[field] !== undefined) throw twice(field);
        form.texts[field] = await textOf(part);
        continue;
      }
      if (part.type !== 'file') throw unknownField(field, fileFields);
      checkFile(part, received, fileFields);
      const file = await receiveFile(part.file, { ...place, limitBytes: leftBytes });
      leftBytes -= file.bytes;
      if (field === 'calibration') form.calibration.push(file);
      else Object.assign(received, { file, fileName: part.filename });
    }
    return received;
  } catch (error) {
    await discardForm(received);
    throw error;
  }
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
    if (error instanceof Error && 'code' in error && error.code === NOT_JSON) {
      throw new Fault('MANIFEST_INVALID', 'manifest: not JSON', { cause: error });
    }
    if (error instanceof Fault || !(error instanceof Error) || 'statusCode' in error) throw error;
    throw new Fault('REQUEST_INVALID', `multipart/form-data: ${error.message}`, { cause: error });
  }
}

/** A field, or a file in its place. A field of the type application/json arrives parsed. */
async function textOf(part: Multipart): Promise<string> {
  if (part.type === 'file') return fileText(part);
  const { value, fieldname, valueTruncated } = part as MultipartValue;
  if (valueTruncated) throw tooLong(fieldname);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function fileText({ file, fieldname }: MultipartFile): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of file.iterator({ destroyOnReturn: false })) {
    bytes += piece.length;
    if (bytes > TEXT_LIMIT_BYTES) throw tooLong(fieldname);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function checkFile(
  { fieldname }: MultipartFile,
  { file, calibration }: ReceivedForm,
  fileFields: readonly FileField[],
): void {
  const isKnown = fileFields.some((field) => field === fieldname);
  if (!isKnown) throw unknownField(fieldname, fileFields);
  if (fieldname === 'file' && file !== undefined) throw twice(fieldname);
  if (calibration.length < MAX_CALIBRATION_FILES) return;
  throw new Fault('REQUEST_INVALID', `calibration: more than ${MAX_CALIBRATION_FILES} files`);
}

function unknownField(field: string, fileFields: readonly FileField[]): Fault {
  const known = [...fileFields, ...TEXTS].join(', ');
  return new Fault('REQUEST_INVALID', `${field}: unknown field; known are ${known}`);
}

function twice(field: string): Fault {
  return new Fault('REQUEST_INVALID', `${field}: given twice`);
}

function tooLong(field: string): Fault {
  return new Fault('REQUEST_INVALID', `${field}: more than ${TEXT_LIMIT_BYTES} bytes`);
}
