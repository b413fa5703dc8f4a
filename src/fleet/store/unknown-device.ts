import { Fault } from '../../wire/index.js';

export function unknownDevice(id: string): Fault {
  return new Fault('DEVICE_UNKNOWN', `device '${id}' not found`);
}
