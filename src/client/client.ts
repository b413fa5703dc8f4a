/** A client of the REST interface whose requests and answers are typed, made of the service's OpenAPI document. */
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './rest-types.js';

/** What the service answers, by name: `Schemas['Device']`. */
export type Schemas = components['schemas'];

export interface ClientOptions {
  /** Where the service is, such as `http://localhost:8080`. */
  readonly url: string;
  /** An operator's key. */
  readonly key: string;
}

export type FlotillaClient = Client<paths>;

/**
 * A client of one service for one operator. Its methods answer `{ data, error, response }`: `error` is the problem document of
 * any status from 400 on, and only a service that cannot be reached makes them reject.
 */
export function createFlotillaClient({ url, key }: ClientOptions): FlotillaClient {
  return createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });
}
