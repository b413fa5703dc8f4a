/** The REST interface of a running service, for requests of an operator, a device or an anonymous client. */
import type { RunningService } from './service.js';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly text: string;
}

interface Asked {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly content?: { readonly type: string; readonly text: string };
  /** An operator's key; null: none. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Response body by caller. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and fail when they find another
export type AnyBody = any;

/** Asks the service with a key, or with what the request names instead. */
export function restClient(service: RunningService, key: string) {
  return async (method: string, path: string, asked: Asked = {}): Promise<Answer<AnyBody>> => {
    const { body, content, headers } = asked;
    const own = asked.key === undefined ? key : asked.key;
    const text = content?.text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${service.url}/api/v1${path}`, {
      method,
      headers: {
        ...(own !== null && { authorization: `Bearer ${own}` }),
        ...(text !== undefined && { 'content-type': content?.type ?? 'application/json' }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
    });
    const answer = await response.text();
    const { status } = response;
    return {
      status,
      headers: response.headers,
      text: answer,
      body: answer === '' ? {} : JSON.parse(answer),
    };
  };
}

/** The header of a device's own credential. */
export function basic(device: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${device}:${secret}`).toString('base64')}` };
}
