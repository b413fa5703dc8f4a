/** Who may use the REST interface, for the folders above. */
export { AccessModule } from './access.module.js';
export { Audit, type Change } from './audit/audit.js';
export { noteForAudit } from './audit/audited.js';
export {
  type Actor,
  actorOf,
  checkGroup,
  checkWholeFleet,
  type DeviceActor,
  type Groups,
  groupsOf,
  nameOf,
  setActor,
} from './keys/actor.js';
export { DeviceDirectory, type Standing } from './keys/device-directory.js';
export { OperatorKeys } from './keys/operator-keys.js';
export { hashOf, isSecretOf, newSecret } from './keys/secret.js';
export { newAdminKey } from './new-admin-key.js';
