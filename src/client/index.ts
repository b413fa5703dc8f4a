/** The service's REST interface for programs in TypeScript. */
export {
  type ClientOptions,
  createFlotillaClient,
  type FlotillaClient,
  type Schemas,
} from './client.js';
