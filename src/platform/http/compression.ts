/**
 * Compresses answers for clients that accept it (RFC 9110, 12.5.3), on the threads of libuv: the event loop only passes pieces on.
 *
 * Only answers to GET, since a new secret is only ever in the answer to a write: a client that can choose a part of an answer and see
 * its size could guess what else is in it. Answers with an ETag stay as they are, because it names their bytes; so do blocks.
 */
import { finished } from 'node:stream';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Shorter answers are hardly shorter when compressed. */
const MIN_BYTES = 1400;
/**
 * Answers that are compressed at a time. Each has at most one task for the four threads of libuv, which also read files, and a
 * megabyte of memory. An answer beyond them is sent as it is.
 */
const MAX_AT_ONCE = 16;
const QUALITY = 4;
const TYPES = /^(application\/(json|x-ndjson)|text\/(csv|plain|html))\b/;

function isFit({ method, headers }: FastifyRequest, reply: FastifyReply): boolean {
  return (
    method === 'GET' &&
    reply.statusCode === 200 &&
    !reply.hasHeader('etag') &&
    TYPES.test(String(reply.getHeader('content-type') ?? '')) &&
    headers['accept-encoding'] !== undefined
  );
}

/** Compresses answers of all routes that are registered from now on. */
export async function compressAnswers(app: NestFastifyApplication): Promise<void> {
  let underWay = 0;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', async (request, reply, payload) => {
    if (isFit(request, reply) && underWay < MAX_AT_ONCE) {
      underWay += 1;
      finished(reply.raw, () => {
        underWay -= 1;
      });
    } else {
      // The plugin looks for this header of the request, after the hooks of the server.
      request.headers['x-no-compression'] = 'true';
    }
    return payload;
  });
  await app.register(compress, {
    // A request of a few bytes could become one of gigabytes.
    globalDecompression: false,
    encodings: ['br', 'gzip'],
    threshold: MIN_BYTES,
    // Never on the event loop.
    syncThreshold: 0,
    customTypes: TYPES,
    zlibOptions: { level: QUALITY },
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } },
  });
}
