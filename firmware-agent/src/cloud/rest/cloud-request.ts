/** Requests to the cloud over HTTP and HTTPS; Node's fetch knows no authorities and no client certificates of its own. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { TlsFiles } from './identity.js';

export interface CloudRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly tls: TlsFiles;
  readonly signal: AbortSignal;
}

/** The answer, whose body is yet to be read; rejects when there is none. */
export function cloudRequest(address: string, asked: CloudRequest): Promise<IncomingMessage> {
  const { method = 'GET', body, tls, signal } = asked;
  const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers = {
    ...asked.headers,
    ...(content !== undefined && {
      'content-type': 'application/json',
      'content-length': String(content.length),
    }),
  };
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal };
    const request = address.startsWith('https:')
      ? requestHttps(address, { ...options, ...tls })
      : requestHttp(address, options);
    request.once('response', resolve);
    request.on('error', reject);
    request.end(content);
  });
}

/** The whole body of a short answer as text. */
export async function bodyText(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
