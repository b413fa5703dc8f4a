/**
 * The error class and the table of fault codes of Flotilla, shared by agent and service.
 * Two places map faults to responses: the HTTP filter (RFC 9457) and the MQTT broker.
 */

import { fileTroubleOf } from './file-errors.js';

/** What a fault means to the client. */
export type FaultKind = 'invalid' | 'missing' | 'stale' | 'unavailable' | 'bug';

interface FaultRow {
  readonly kind: FaultKind;
  /** HTTP status, when it differs from that of the kind. */
  readonly status?: number;
  /** One sentence for docs/errors.md: when it is raised and what to do. */
  readonly about: string;
}

const STATUS: Record<FaultKind, number> = {
  invalid: 400,
  missing: 404,
  stale: 409,
  unavailable: 503,
  bug: 500,
};

const row = (kind: FaultKind, about: string, status?: number): FaultRow =>
  status === undefined ? { kind, about } : { kind, about, status };

/** Every code. docs/errors.md is generated from this table; a test checks that each code is raised. */
export const FAULTS = {
  // a request, a setting, a message
  REQUEST_INVALID: row(
    'invalid',
    'A body, query or path does not match its schema. Correct the field that the text names.',
  ),
  UNAUTHORIZED: row(
    'invalid',
    'The credential is missing, unknown or wrong. Send a valid one.',
    401,
  ),
  FORBIDDEN: row(
    'invalid',
    'The credential is valid but lacks the permission. Use a key with the role and scope.',
    403,
  ),
  CONFIG_INVALID: row(
    'invalid',
    'Settings are unknown, out of range, or name what cannot be used. Correct those that the text lists.',
  ),
  MESSAGE_MALFORMED: row(
    'invalid',
    'An MQTT payload does not match its row of the wire table. Correct the field that the text names.',
  ),
  MESSAGE_UNUSED: row(
    'invalid',
    'An MQTT message names a document, a cut, a block or a command that the device does not have. It was not used. Correct the field that the text names.',
  ),
  UPLOAD_TOO_LARGE: row(
    'invalid',
    'An upload exceeds the configured limit. Send a smaller file, or raise the limit.',
    413,
  ),
  UPLOAD_TYPE: row(
    'invalid',
    'The content type of the body is not accepted. Use the one that the text names.',
    415,
  ),
  REQUEST_TIMEOUT: row(
    'invalid',
    'The headers or the body of a request came too slowly. Send it again without pauses.',
    408,
  ),
  ROUTE_UNKNOWN: row('missing', 'The path does not exist. See /openapi.json.'),
  METHOD_NOT_ALLOWED: row(
    'invalid',
    'The path exists, but not with this method. `Allow` lists the methods that it has.',
    405,
  ),
  RATE_LIMITED: row(
    'unavailable',
    'Too many requests or failed attempts. Retry after `Retry-After`.',
    429,
  ),
  // permissions
  KEY_UNKNOWN: row('missing', 'No operator key has this id.'),
  KEY_NEEDED: row(
    'stale',
    'The key cannot be revoked: it is the last admin key, or it is configured. Create another admin key first.',
  ),
  DEVICE_WAITING: row('invalid', 'The device is enrolled but not approved yet. Approve it.', 403),
  ENROLMENT_REFUSED: row(
    'invalid',
    'The enrolment token is unknown, expired, revoked or used up. Create another one.',
    403,
  ),
  TOKEN_UNKNOWN: row('missing', 'No enrolment token has this id.'),
  IDEMPOTENCY_MISMATCH: row(
    'invalid',
    'The Idempotency-Key was used for another request. Use a new key.',
    422,
  ),
  IDEMPOTENCY_UNFINISHED: row(
    'stale',
    'A request with this Idempotency-Key began, but its outcome is unknown. Check whether it took effect.',
  ),
  // a tensor chunk
  CHUNK_MALFORMED: row(
    'invalid',
    'A chunk is truncated, has a wrong magic or inconsistent fields.',
  ),
  CHUNK_VERSION: row('invalid', 'The format version of a chunk is not supported.'),
  CHUNK_CHECKSUM: row('invalid', 'The CRC-32C of a chunk does not match its bytes. Send it again.'),
  CHUNK_MISMATCH: row(
    'invalid',
    'A chunk does not match the plan: tensor index, dtype, dims, size or encoding.',
  ),
  CHUNK_CONFLICT: row(
    'invalid',
    'Two chunks of a frame differ in the same bytes. The frame fails.',
  ),
  TENSOR_WITHHELD: row(
    'invalid',
    'The policy of the model (`leaves`) keeps this tensor on the device. Finish the frame locally, or change the policy.',
    403,
  ),
  // a frame
  PLAN_STALE: row(
    'stale',
    'The frame follows a plan that the device no longer has, or never had. Use the current plan.',
  ),
  FRAME_REPLAYED: row(
    'stale',
    'The frame was answered before, and its result is no longer stored.',
  ),
  FRAME_EXPIRED: row(
    'unavailable',
    'A frame was not complete by its deadline, or when its device disconnected. The text names the missing part.',
  ),
  FRAME_REFUSED: row(
    'unavailable',
    'The limit of bytes or frames in flight is reached. Finish the frame locally.',
  ),
  FRAME_ABANDONED: row(
    'invalid',
    'The agent ended twice while it ran this frame, so it does not run it again. Check the picture: it may need more memory than the device has.',
  ),
  FRAME_FAILED: row('bug', 'The tail of the model failed on this frame.'),
  WORKER_LOST: row(
    'unavailable',
    'The worker that ran the frame was lost. Finish the frame locally, or send it again.',
  ),
  // devices
  DEVICE_UNKNOWN: row('missing', 'No device has this id.'),
  DEVICE_EXISTS: row('stale', 'A device with this id already exists.'),
  GROUP_UNKNOWN: row('missing', 'No device is in this group, and no key or token is for it.'),
  VERSION_CONFLICT: row(
    'stale',
    'The document has changed since it was read (If-Match). Read it again.',
  ),
  COMMAND_UNKNOWN: row('missing', 'No command has this id.'),
  ROLLOUT_UNKNOWN: row('missing', 'No rollout has this id.'),
  ROLLOUT_CONFLICT: row(
    'stale',
    'A targeted device is part of another active rollout. Wait for it, or end it.',
  ),
  ROLLOUT_STATE: row('stale', 'The state of the rollout does not allow this. Read it again.'),
  // models and blocks
  MODEL_UNKNOWN: row('missing', 'No model has this id, digest, name or version.'),
  MODEL_NOT_READY: row(
    'unavailable',
    'The model is being examined, or was rejected. Read its status.',
  ),
  MODEL_IN_USE: row(
    'stale',
    'The model is assigned to devices, or part of an active rollout. Assign another model first.',
  ),
  MODEL_NOT_ONNX: row('invalid', 'The file cannot be parsed as an ONNX model.'),
  EXAMPLE_NEEDED: row(
    'invalid',
    'The network fails on drawn inputs. Give an example in the manifest (`inputs[].example`) or as calibration.',
  ),
  MODEL_REFUSED: row('invalid', 'The ONNX model cannot be run or split. The text says why.'),
  MODEL_TOO_COSTLY: row(
    'invalid',
    'The examination of the model exceeded its limit of time or memory.',
  ),
  CALIBRATION_INVALID: row(
    'invalid',
    'A calibration input is neither a picture nor a tensor that the model accepts. The text says which and why.',
  ),
  MANIFEST_INVALID: row(
    'invalid',
    'The manifest does not match its schema or the model. Correct the field that the text names.',
  ),
  BLOCK_UNKNOWN: row('missing', 'No block has this digest.'),
  BLOCK_CORRUPT: row('bug', 'The bytes of a block do not match its digest.'),
  // plans and history
  FRAME_UNKNOWN: row('missing', 'The history of the device has no frame with this id.'),
  PLAN_NONE: row('missing', 'The device has no plan yet. It needs a model and a profile.'),
  PLAN_IMPOSSIBLE: row('unavailable', 'The planner found no feasible schedule. The text says why.'),
  INSTANCE_INVALID: row(
    'invalid',
    'A planning instance is malformed. Correct the field that the text names.',
  ),
  // inputs
  INPUT_UNREADABLE: row('invalid', 'An image or tensor file cannot be decoded.'),
  INPUT_TOO_LARGE: row(
    'invalid',
    'Decoding a picture takes more memory than the device can spare. Use a smaller picture, or a baseline JPEG.',
  ),
  INPUT_MISMATCH: row('invalid', 'The dtype or dims of an input do not match the model.'),
  // disks of the service, of its database server, of a device
  DISK_FULL: row(
    'unavailable',
    'A disk has no room: of the service, of its database server, or of a device. The text says which. Nothing of the request is kept. Free space, or delete models; then send it again. A device keeps its current model and retries.',
    507,
  ),
  DISK_FAILED: row(
    'unavailable',
    'A disk is read-only, reports an I/O error or does not allow a write. The text says which. Repair or remount it; then send the request again.',
  ),
  FILES_EXHAUSTED: row(
    'unavailable',
    'A process or the machine has too many open files. Retry later, and raise the limit (`ulimit -n`).',
  ),
  // the service itself
  DATABASE_UNAVAILABLE: row('unavailable', 'The database does not answer. Retry later.'),
  DATABASE_NOT_EMPTY: row(
    'stale',
    'The target of a database copy is not empty. Copy into an empty database.',
  ),
  DATABASE_NEWER: row(
    'stale',
    'A newer version of the service has upgraded the database. Start that version, or restore the copy from before the upgrade.',
  ),
  DATABASE_DAMAGED: row(
    'bug',
    'A file is no sound database. Check it with flotilla db check, and restore a copy.',
  ),
  MIGRATION_FAILED: row(
    'bug',
    'A migration of the database failed and was rolled back. Remove the cause that the text names, and start again.',
  ),
  DATA_LOCKED: row(
    'unavailable',
    'Another process uses the same data folder or database. Stop it, or set another.',
  ),
  SHUTTING_DOWN: row('unavailable', 'The service is stopping. Retry later.'),
  CLOUD_UNREACHABLE: row(
    'unavailable',
    'The agent cannot reach the service. Check its URL and the network.',
  ),
  INTERNAL: row('bug', 'Unexpected error. The log has the details.'),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

/** True for a code of the table; use it for text from the network. */
export function isFaultCode(text: string): text is FaultCode {
  return Object.hasOwn(FAULTS, text);
}

interface FaultOptions extends ErrorOptions {
  /** Milliseconds until a retry makes sense. */
  readonly retryAfterMs?: number;
}

/** An error with a code, kind and HTTP status; the message says what is wrong, where, and what to do. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, message: string, options?: FaultOptions) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }

  get kind(): FaultKind {
    return FAULTS[this.code].kind;
  }

  get status(): number {
    const row: FaultRow = FAULTS[this.code];
    return row.status ?? STATUS[row.kind];
  }
}

/** The fault of a device that does not exist, or not in a place such as 'the target'. */
export function unknownDevice(id: string, place?: string): Fault {
  const where = place === undefined ? '' : ` in ${place}`;
  return new Fault('DEVICE_UNKNOWN', `device '${id}' not found${where}`);
}

/** The fault of a file that cannot be written or opened; undefined for any other error. `where` names the disk, such as 'the service'. */
export function fileFaultOf(error: unknown, where = ''): Fault | undefined {
  const trouble = fileTroubleOf(error);
  if (trouble === undefined) return undefined;
  const prefix = where === '' ? '' : `${where}: `;
  return new Fault(trouble.code, `${prefix}${trouble.text}`, { cause: error });
}

/** The fault itself, that of a file that cannot be written or opened, or an INTERNAL one with the error as its cause. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const ofFile = fileFaultOf(error);
  if (ofFile !== undefined) return ofFile;
  const text = error instanceof Error ? error.message : String(error);
  return new Fault('INTERNAL', text, { cause: error });
}
