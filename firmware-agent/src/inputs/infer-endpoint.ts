/** The local door on 127.0.0.1: POST /infer takes one picture or tensor and gives the answer with its stage times; GET /status. */
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { asFault, Fault } from '../../../src/wire/index.js';
import type { FrameRequest } from '../frames/queue/frame-work.js';
import { type FrameReport, reportJson } from '../frames/report/frame-report.js';
import type { InputFormat } from './frame-input.js';
import { type HeldBody, RequestBodies } from './request-bodies.js';

const MIB = 2 ** 20;

/** Limits of what local clients can hold. */
const LIMITS = {
  bodyBytes: 64 * MIB,
  totalBytes: 128 * MIB,
  /** Time for a whole request to arrive; clients are on this machine. */
  requestMs: 10_000,
  /** Open connections; a further one is closed. */
  connections: 64,
};
/** Requests with a complete body that wait for their turn; one more is refused. */
const QUEUE_LIMIT = 8;
const CLOSE_MS = 1000;
/** How often Node looks for requests that are late. */
const CHECK_MS = 500;

/** The paths there are, each with its only method. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['/infer', 'POST'],
  ['/status', 'GET'],
]);
const FORMATS: Record<string, InputFormat> = {
  'image/jpeg': 'picture',
  'image/png': 'picture',
  'application/x-npy': 'npy',
  'application/octet-stream': 'tensor-proto',
};

export interface InferParts {
  /** False while no model is here. */
  readonly isReady: () => boolean;
  readonly submit: (request: FrameRequest) => Promise<FrameReport>;
  readonly status: () => object;
}

/** Codes of listen(2). */
const WHY_CLOSED: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'is not allowed to this user',
};

export class InferEndpoint {
  private readonly server: Server;
  private readonly bodies: RequestBodies;
  private waiting = 0;

  constructor(
    private readonly parts: InferParts,
    limits: typeof LIMITS = LIMITS,
  ) {
    this.bodies = new RequestBodies(limits);
    const { requestMs } = limits;
    const timing = {
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, requestMs),
    };
    this.server = createServer(timing, (request, response) => void this.answer(request, response));
    this.server.maxConnections = limits.connections;
  }

  /** The port it listens on; rejects with CONFIG_INVALID, the flag and what to do when it cannot be opened. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', (cause: NodeJS.ErrnoException) => {
        const why = WHY_CLOSED[cause.code ?? ''] ?? `cannot be opened: ${cause.message}`;
        const text = `--http-port: port ${port} of 127.0.0.1 ${why}; give another port, or 0 for a free one`;
        reject(new Fault('CONFIG_INVALID', text, { cause }));
      });
      this.server.listen(port, '127.0.0.1', () => {
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Takes no more requests and waits a moment for those it took: one whose body never ends is cut. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const cut = setTimeout(() => this.server.closeAllConnections(), CLOSE_MS);
      this.server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      this.server.closeIdleConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
      const method = METHODS.get(path);
      if (method === undefined) {
        throw new Fault('ROUTE_UNKNOWN', `${path} is not here; POST /infer and GET /status are`);
      }
      if (request.method !== method) {
        response.setHeader('allow', method);
        const text = `${request.method} is not allowed here; allowed: ${method}`;
        throw new Fault('METHOD_NOT_ALLOWED', text);
      }
      const answer = path === '/status' ? this.parts.status() : await this.infer(request);
      send(response, 200, answer);
    } catch (error) {
      sendProblem(response, asFault(error));
    }
  }

  private async infer(request: IncomingMessage): Promise<object> {
    const type = request.headers['content-type']?.split(';')[0]?.trim() ?? '';
    const format = FORMATS[type];
    if (format === undefined) {
      const accepted = Object.keys(FORMATS).join(', ');
      throw new Fault('UPLOAD_TYPE', `content type '${type}' is not one of ${accepted}`);
    }
    if (!this.parts.isReady())
      throw new Fault('MODEL_NOT_READY', 'no model is ready on this device');
    this.checkRoom();
    const body = await this.bodies.read(request);
    try {
      return await this.inferHeld(body, format);
    } finally {
      body.release();
    }
  }

  /** A place in the queue is for complete requests: clients that send half a body hold none. */
  private async inferHeld({ bytes }: HeldBody, format: InputFormat): Promise<object> {
    this.checkRoom();
    this.waiting += 1;
    try {
      const report = await this.parts.submit({
        source: 'http',
        load: async () => [{ name: undefined, format, bytes }],
      });
      if (report.record.outcome === 'failed') throw failureOf(report);
      return reportJson(report, true);
    } finally {
      this.waiting -= 1;
    }
  }

  private checkRoom(): void {
    if (this.waiting < QUEUE_LIMIT) return;
    const text = `${QUEUE_LIMIT} requests wait already`;
    throw new Fault('FRAME_REFUSED', text, { retryAfterMs: 1000 });
  }
}

function failureOf({ record: { fault } }: FrameReport): Fault {
  return new Fault((fault?.code ?? 'FRAME_FAILED') as Fault['code'], fault?.message ?? 'failed');
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** RFC 9457. */
function sendProblem(response: ServerResponse, fault: Fault): void {
  const { code, status, message, retryAfterMs } = fault;
  const headers: OutgoingHttpHeaders = {
    'content-type': 'application/problem+json',
    // The body might not have been read to its end.
    connection: 'close',
  };
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
  response.writeHead(status, headers);
  response.end(`${JSON.stringify({ title: code, status, detail: message, code })}\n`);
}
