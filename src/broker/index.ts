/** MQTT for the folders above: send to devices, disconnect them, say who they are. */

export { Broker } from './broker.js';
export { BrokerModule } from './broker.module.js';
export type { Authenticator, Credentials, Identity } from './hooks/authentication.js';
