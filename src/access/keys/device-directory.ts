/** Devices as the guard needs them, provided by the fleet. */
import { Injectable } from '@nestjs/common';

/** Whether a credential opens: `waiting`: it is right, but the device is not approved yet. */
export type Standing = 'approved' | 'waiting' | 'refused';

interface Directory {
  /** Of a device with its secret. */
  standing(device: string, secret: string): Standing;
  /** Of a device whose certificate has been verified. */
  standingOfCertified(device: string): Standing;
  /** Whether a device that is not revoked has this id. */
  isKnown(device: string): boolean;
  /** The device's group, null for none; undefined when there is no such device. */
  groupOf(device: string): Promise<string | null | undefined>;
}

@Injectable()
export class DeviceDirectory {
  private known: Directory = {
    standing: () => 'refused',
    standingOfCertified: () => 'refused',
    isKnown: () => false,
    groupOf: async () => undefined,
  };

  use(directory: Directory): void {
    this.known = directory;
  }

  get(): Directory {
    return this.known;
  }
}
