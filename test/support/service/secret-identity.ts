/** The identity of an agent that has a secret and no files. */
import { Identity } from '../../../firmware-agent/src/cloud/rest/identity.js';

export function secretIdentity(device: string, secret: string): Identity {
  const noFiles = { secretFile: undefined, caFile: undefined, certFile: undefined };
  return new Identity({ device, secret, keyFile: undefined, ...noFiles });
}
