/** The service's REST interface for programs in TypeScript. */
export {
  type ClientOptions,
  createFlotillaClient,
  type FlotillaClient,
  type Told,
} from './client.js';
