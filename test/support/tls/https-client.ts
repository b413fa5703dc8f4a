/** The REST interface over TLS, with a test's own authority and, if it has one, a client certificate. */
import { request } from 'node:https';
import type { Certificate } from './certificates.js';

interface Asked {
  readonly method: string;
  /** After /api/v1. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: Buffer;
  readonly body?: object;
  readonly client?: Certificate;
}

/** The answer, its body as text; rejects when there is no connection. */
export function askOverTls(
  url: string,
  { method, path, headers, ca, body, client }: Asked,
): Promise<{ status: number; body: string }> {
  const { port, hostname } = new URL(url);
  const options = {
    ...{ method, port, host: hostname, path: `/api/v1${path}`, ca, agent: false },
    ...(client !== undefined && { cert: client.cert, key: client.key }),
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
  };
  return new Promise((resolve, reject) => {
    const asked = request(options, (answer) => {
      let text = '';
      answer.on('data', (piece: Buffer) => {
        text += piece;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    asked.on('error', reject);
    // One piece, so that its length is sent.
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
