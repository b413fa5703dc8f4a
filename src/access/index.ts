/** Who may use the REST interface, for the folders above. */
export { AccessModule } from './access.module.js';
export {
  type Actor,
  actorOf,
  checkGroup,
  type DeviceActor,
  type Groups,
  groupsOf,
  nameOf,
  setActor,
} from './actor.js';
export { Audit, type Change } from './audit.js';
export { tellAudit } from './audited.js';
export { DeviceDirectory, type Standing } from './device-directory.js';
export { hashOf, isSecretOf, newSecret } from './secret.js';
