/**
 * Compresses answers for clients that accept it (RFC 9110, 12.5.3), on the threads of libuv: the event loop only passes pieces on.
 *
 * Only answers to GET, since a new secret is only ever in the answer to a write: whoever can choose a part of an answer and see its
 * size could guess what else is in it. Answers with an ETag stay as they are, because it names their bytes; so do blocks.
 */
import {
  type BrotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  type Gzip,
} from 'node:zlib';
import compress from '@fastify/compress';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Shorter answers are hardly shorter when compressed. */
const MIN_BYTES = 1400;
/**
 * Compressions under way. Each has at most one task on the four threads of libuv, which also read files, and a megabyte of
 * memory. An answer beyond them is sent as it is.
 */
const MAX_AT_ONCE = 16;
const QUALITY = 4;
const TYPES =
  /^(application\/(json|problem\+json|x-ndjson|javascript)|text\/(csv|plain|html|css|javascript)|image\/svg\+xml)\b/;

/** Compresses answers of all routes that are registered from now on. */
export async function compressAnswers(app: NestFastifyApplication): Promise<void> {
  let underWay = 0;
  const counted = <S extends Gzip | BrotliCompress>(stream: S): S => {
    underWay += 1;
    stream.once('close', () => {
      underWay -= 1;
    });
    return stream;
  };
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', async (request, reply, payload) => {
      const isText = TYPES.test(String(reply.getHeader('content-type') ?? ''));
      const isRead = request.method === 'GET' && reply.statusCode === 200;
      const isFit = isText && isRead && !reply.hasHeader('etag');
      // The plugin looks for this header of the request, after the hooks of the server.
      if (!isFit || underWay >= MAX_AT_ONCE) request.headers['x-no-compression'] = 'true';
      return payload;
    });
  await app.register(compress, {
    globalDecompression: false,
    encodings: ['br', 'gzip'],
    threshold: MIN_BYTES,
    // Never on the event loop.
    syncThreshold: 0,
    customTypes: () => true,
    zlib: {
      createGzip: () => counted(createGzip({ level: QUALITY })),
      createBrotliCompress: () =>
        counted(createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } })),
    },
  });
}
