/**
 * Ends requests whose body stops or comes too slowly: a large upload may take hours, but not without bytes.
 *
 * A body has some time, and more for every byte that came. While the service itself does not read, the client is not to blame.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../wire/index.js';
import type { Config } from '../config/config.js';
import { sendProblem } from './fault-filter.js';
import type { HttpRefusals } from './refusals.js';

const CHECK_MS = 1_000;

type Pace = Pick<Config, 'httpBodyMs' | 'httpBodyBytesPerS'>;

/** Watches the bodies of all requests of a server. */
export function watchBodies(fastify: FastifyInstance, pace: Pace, refusals: HttpRefusals): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (hasBody(request)) watch(request, reply, pace, refusals);
  });
}

/** Whether a request announces a body. */
export function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function watch(
  request: FastifyRequest,
  reply: FastifyReply,
  pace: Pace,
  refusals: HttpRefusals,
): void {
  const { raw } = request;
  const { socket } = raw;
  // A request without a network, as tests inject them.
  if (typeof socket.bytesRead !== 'number') return;
  const { httpBodyMs, httpBodyBytesPerS } = pace;
  const bytesBefore = socket.bytesRead;
  let waitedMs = 0;
  let checkedMs = performance.now();
  // Node's own timer: it watches the kernel.
  const timer = setInterval(
    () => {
      if (raw.complete || raw.destroyed) return clearInterval(timer);
      const nowMs = performance.now();
      if (raw.readableLength < raw.readableHighWaterMark) waitedMs += nowMs - checkedMs;
      checkedMs = nowMs;
      const bytes = socket.bytesRead - bytesBefore;
      if (waitedMs <= httpBodyMs + (1000 * bytes) / httpBodyBytesPerS) return;
      clearInterval(timer);
      const text = `the body came too slowly: ${bytes} bytes so far`;
      const fault = new Fault('REQUEST_TIMEOUT', text);
      refusals.answered(request, fault);
      end(reply, socket, fault);
    },
    Math.min(CHECK_MS, httpBodyMs),
  ).unref();
  raw.once('close', () => clearInterval(timer));
}

/** Answers with 408 where nothing was answered yet; either way the connection is closed. */
function end(reply: FastifyReply, socket: Socket, fault: Fault): void {
  if (reply.sent || reply.raw.headersSent) {
    socket.destroy();
    return;
  }
  reply.header('connection', 'close');
  sendProblem(reply, fault);
}
