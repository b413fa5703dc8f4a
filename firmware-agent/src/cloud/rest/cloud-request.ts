/** Requests to the cloud over HTTP and HTTPS; Node's fetch knows no authorities and no client certificates of its own. */
import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { z } from 'zod';
import { Fault, isFaultCode } from '../../../../src/wire/index.js';
import type { TlsFiles } from './identity.js';

/** Longest body of an answer that is read as text; those of the service are a few hundred bytes. */
const TEXT_BYTES = 64 << 10;

/** RFC 9457, with the code of the fault. */
const problem = z.object({ code: z.string(), detail: z.string() });

export interface CloudRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly tls: TlsFiles;
  /** Makes the connection; without one it is not counted. */
  readonly agent?: Agent;
  readonly signal: AbortSignal;
}

/** The answer, whose body is yet to be read; rejects when there is none. */
export function cloudRequest(address: string, asked: CloudRequest): Promise<IncomingMessage> {
  const { method = 'GET', body, tls, signal, agent } = asked;
  const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers = {
    ...asked.headers,
    ...(content !== undefined && {
      'content-type': 'application/json',
      'content-length': String(content.length),
    }),
  };
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, ...(agent !== undefined && { agent }) };
    const request = address.startsWith('https:')
      ? requestHttps(address, { ...options, ...tls })
      : requestHttp(address, options);
    request.once('response', resolve);
    request.on('error', reject);
    request.end(content);
  });
}

/** The whole body of a short answer as text; rejects when it is longer than 64 KiB. */
export async function bodyText(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > TEXT_BYTES) throw new Error(`the answer is longer than ${TEXT_BYTES} bytes`);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/**
 * The fault that the service itself answers with: a problem document with one of its codes. Undefined for the page of a proxy or of a
 * captive portal, whatever its status: that is not the word of the service.
 */
export function faultIn(text: string): Fault | undefined {
  try {
    const { code, detail } = problem.parse(JSON.parse(text));
    return isFaultCode(code) ? new Fault(code, detail) : undefined;
  } catch {
    return undefined;
  }
}
