/** The MQTT broker: sends to devices, disconnects them, authenticates them. */
export { Broker } from './broker.js';
export { BrokerModule } from './broker.module.js';
export type { Authenticator, Credentials, Identity } from './hooks/authentication.js';
