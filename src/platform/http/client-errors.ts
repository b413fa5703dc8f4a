/**
 * What never becomes a request: bytes that are not HTTP, headers that are too long or too slow, failed handshakes. The answer is a
 * problem document, like that of every route, and each is counted by its reason.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '../../wire/index.js';
import { remoteAddressOf } from '../rates/client-address.js';
import type { PipelinedRequests } from './connections/pipelined-requests.js';
import { problemOf } from './fault-filter.js';
import type { HttpRefusal, HttpRefusals } from './refusals.js';

interface ClientError extends Error {
  readonly code?: string;
}

interface ClientRefusal {
  readonly reason: HttpRefusal;
  /** Absent where the client cannot read an answer. */
  readonly fault?: Fault;
}

/**
 * Answers an error that Node reports for a connection, after the requests before it, and closes the connection. For `clientErrorHandler`
 * of Fastify.
 */
export function answerClientError(
  refusals: HttpRefusals,
  pipelined: Pick<PipelinedRequests, 'endAfterAnswers'>,
) {
  return (error: ClientError, socket: Socket): void => {
    const refusal = refusalOf(error);
    if (refusal !== undefined) {
      const address = remoteAddressOf(socket);
      refusals.count(refusal.reason, { address, error: error.code ?? error.message });
      if (refusal.fault !== undefined && socket.writable) {
        const response = responseOf(refusal.fault);
        if (pipelined.endAfterAnswers(socket, response)) return;
        socket.write(response);
      }
    }
    // Its client may never close its half.
    if (socket.writable) socket.destroySoon();
    else socket.destroy();
  };
}

/** By the code of Node's HTTP parser (HPE_…), of Node or of OpenSSL (ERR_…); a lost connection is no refusal. */
function refusalOf({ code = '', message }: ClientError): ClientRefusal | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const text = 'the headers of the request came too slowly';
    return { reason: 'tooSlow', fault: new Fault('REQUEST_TIMEOUT', text) };
  }
  if (code.startsWith('HPE_')) {
    const text = message.replace(/^Parse Error: */, '');
    return { reason: 'malformed', fault: new Fault('REQUEST_INVALID', `not HTTP/1.1: ${text}`) };
  }
  return /^ERR_(SSL|TLS)_/.test(code) ? { reason: 'handshake' } : undefined;
}

function responseOf(fault: Fault): string {
  const body = JSON.stringify(problemOf(fault));
  const head = [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
