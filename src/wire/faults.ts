/**
 * The one error class and the one table of codes of Flotilla, shared by Pi and cloud.
 * Mapped to answers in two places only: the HTTP filter (RFC 9457) and the MQTT wrapper.
 */

/** What a fault means to the one who caused it. */
export type FaultKind = 'invalid' | 'missing' | 'stale' | 'unavailable' | 'bug';

interface FaultRow {
  readonly kind: FaultKind;
  /** HTTP status where it differs from the kind's own. */
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

/** Every code: docs/errors.md and a test that raises each one are tied to this table. */
export const FAULTS = {
  // a request, a setting, a message
  REQUEST_INVALID: row(
    'invalid',
    'A body, query or path does not fit its schema; the text names the field.',
  ),
  UNAUTHORIZED: row(
    'invalid',
    'The credential is missing, unknown or wrong; send a valid one.',
    401,
  ),
  FORBIDDEN: row('invalid', 'The credential is valid but may not do this.', 403),
  CONFIG_INVALID: row(
    'invalid',
    'A setting is unknown or out of range; the text lists all of them.',
  ),
  MESSAGE_MALFORMED: row('invalid', 'An MQTT payload is not what its row of the wire table says.'),
  UPLOAD_TOO_LARGE: row('invalid', 'An upload is larger than the configured limit.', 413),
  UPLOAD_TYPE: row('invalid', 'A request body has a content type that is not accepted.', 415),
  ROUTE_UNKNOWN: row('missing', 'No such path or method.'),
  RATE_LIMITED: row('unavailable', 'Too many failed or too frequent requests; retry later.', 429),
  // who may do what
  KEY_UNKNOWN: row('missing', 'No operator key with this id.'),
  KEY_NEEDED: row(
    'stale',
    'The key cannot be revoked: nobody could make others, or it is configured.',
  ),
  DEVICE_WAITING: row('invalid', 'The device has enrolled and waits for an approval.', 403),
  ENROLMENT_REFUSED: row(
    'invalid',
    'The enrolment token is unknown, expired, revoked or used up.',
    403,
  ),
  TOKEN_UNKNOWN: row('missing', 'No enrolment token with this id.'),
  IDEMPOTENCY_MISMATCH: row(
    'invalid',
    'The Idempotency-Key came before with another request.',
    422,
  ),
  IDEMPOTENCY_UNFINISHED: row(
    'stale',
    'A request with this Idempotency-Key began and its answer is not known; look whether it was done.',
  ),
  // a tensor chunk
  CHUNK_MALFORMED: row('invalid', 'A chunk is truncated, has a bad magic or contradicts itself.'),
  CHUNK_VERSION: row(
    'invalid',
    'A chunk has a version of the format that this side does not speak.',
  ),
  CHUNK_CHECKSUM: row('invalid', 'The CRC-32C of a chunk does not fit its bytes; send it again.'),
  CHUNK_MISMATCH: row(
    'invalid',
    'A chunk contradicts the plan: tensor index, dtype, dims, size or encoding.',
  ),
  CHUNK_CONFLICT: row(
    'invalid',
    'Two chunks of a frame disagree about the same bytes; the frame fails.',
  ),
  // a frame
  PLAN_STALE: row(
    'stale',
    'The frame was made under a plan that is no longer, or never was, this device’s.',
  ),
  FRAME_REPLAYED: row('stale', 'The frame was answered before and its answer is no longer kept.'),
  FRAME_EXPIRED: row(
    'unavailable',
    'A frame was not complete by its deadline; the text names what was missing.',
  ),
  FRAME_REFUSED: row(
    'unavailable',
    'The cloud has no room for the frame (bytes or frames in flight); finish locally.',
  ),
  FRAME_FAILED: row('bug', 'The tail of the network failed on this frame.'),
  WORKER_LOST: row(
    'unavailable',
    'The worker that ran the frame was lost; finish locally or send it again.',
  ),
  // devices
  DEVICE_UNKNOWN: row('missing', 'No device with this id.'),
  DEVICE_EXISTS: row('stale', 'A device with this id exists already.'),
  GROUP_UNKNOWN: row('missing', 'No device is in a group of this name.'),
  VERSION_CONFLICT: row(
    'stale',
    'The document was changed since it was read (If-Match); read it again.',
  ),
  COMMAND_UNKNOWN: row('missing', 'No command with this id.'),
  ROLLOUT_UNKNOWN: row('missing', 'No rollout with this id.'),
  ROLLOUT_CONFLICT: row(
    'stale',
    'A device that is meant is part of another rollout that is not over.',
  ),
  ROLLOUT_STATE: row(
    'stale',
    'The rollout is in a state in which this cannot be done; read it again.',
  ),
  // models and blocks
  MODEL_UNKNOWN: row('missing', 'No model with this id.'),
  MODEL_NOT_READY: row('unavailable', 'The model is still being examined, or was refused.'),
  MODEL_IN_USE: row(
    'stale',
    'The model is assigned to devices, or a rollout that is not over may give it to some; assign another one first.',
  ),
  MODEL_NOT_ONNX: row('invalid', 'The file is not an ONNX model: it cannot be parsed.'),
  MODEL_REFUSED: row(
    'invalid',
    'The file is an ONNX model that cannot be run or split; the text says why.',
  ),
  MODEL_TOO_COSTLY: row(
    'invalid',
    'The model exceeded the time or memory allowed for its examination.',
  ),
  CALIBRATION_INVALID: row(
    'invalid',
    'A calibration input that came with a model is no picture and no tensor of its inputs; the text says which and why.',
  ),
  MANIFEST_INVALID: row('invalid', 'The manifest does not fit its schema or the model.'),
  BLOCK_UNKNOWN: row('missing', 'No block with this digest.'),
  BLOCK_CORRUPT: row('bug', 'The bytes of a block do not have the digest they are named by.'),
  // plans and history
  FRAME_UNKNOWN: row('missing', 'The device has no frame with this id in the history.'),
  PLAN_NONE: row('missing', 'The device has no plan yet; it needs a model and a profile.'),
  PLAN_IMPOSSIBLE: row('unavailable', 'The planner found no feasible schedule; the text says why.'),
  INSTANCE_INVALID: row('invalid', 'A planning instance is malformed; the text names the field.'),
  // inputs and disk on the device
  INPUT_UNREADABLE: row('invalid', 'An image or tensor file cannot be decoded.'),
  INPUT_MISMATCH: row('invalid', 'An input does not have the dtype or dims the model wants.'),
  DISK_FULL: row(
    'unavailable',
    'The disk of the device has no room for a block or a document; what is in force goes on, and it is tried again.',
  ),
  // the service itself
  DATABASE_UNAVAILABLE: row('unavailable', 'The database does not answer.'),
  DATABASE_NOT_EMPTY: row('stale', 'A database is copied only into an empty one.'),
  DATA_LOCKED: row('unavailable', 'Another process uses the same data folder.'),
  SHUTTING_DOWN: row('unavailable', 'The service is stopping.'),
  CLOUD_UNREACHABLE: row('unavailable', 'The agent cannot reach the cloud service.'),
  INTERNAL: row('bug', 'An error nobody foresaw; the log has the details.'),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

/** True for the name of a row of the table; text from the network is not trusted to be one. */
export function isFaultCode(text: string): text is FaultCode {
  return Object.hasOwn(FAULTS, text);
}

interface FaultOptions extends ErrorOptions {
  /** When it is worth to try again, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** An error whose code, kind and HTTP status are known; the message says what, where, and what to do. */
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

/** The fault itself, or an INTERNAL one that keeps the cause: what an edge answers with. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new Fault('INTERNAL', text, { cause: error });
}
