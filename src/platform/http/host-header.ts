/**
 * Rejects HTTP/1.1 requests without a Host header, and requests with several (RFC 9112, 3.2).
 *
 * Node’s own check answers all requests of a chunk in one turn of the event loop: 64 KB of them took 0.1 s. This one is asked
 * when a request has its turn.
 */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../wire/index.js';
import { refusing } from './refusals.js';

/** Checks the requests of a server whose option `requireHostHeader` is off. Its fault is REQUEST_INVALID. */
export function checkHosts(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async ({ raw }, reply) => {
    const { httpVersion, rawHeaders } = raw;
    const count = rawHeaders.filter(
      (text, i) => i % 2 === 0 && text.toLowerCase() === 'host',
    ).length;
    if (count === 1 || (count === 0 && httpVersion === '1.0')) return;
    reply.header('connection', 'close');
    const text = `host: send this header once, not ${count} times`;
    throw refusing(new Fault('REQUEST_INVALID', text), 'malformed');
  });
}
