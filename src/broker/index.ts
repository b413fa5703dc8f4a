/** MQTT for the folders above: send to devices, disconnect them, say who they are. */
export type { Authenticator, Credentials, Identity } from './admission.js';
export { Broker } from './broker.js';
export { BrokerModule } from './broker.module.js';
