/** What the guard has to know of devices, told by the folder above that keeps them. */
import { Injectable } from '@nestjs/common';

/** Whether a credential opens: `waiting`: it is right, but nobody has approved the device yet. */
export type Standing = 'approved' | 'waiting' | 'refused';

interface Directory {
  /** Of a device with its secret. */
  standing(device: string, secret: string): Standing;
  /** Of a device whose certificate has been verified. */
  standingOfCertified(device: string): Standing;
  /** The device's group, null for none; undefined when there is no such device. */
  groupOf(device: string): Promise<string | null | undefined>;
}

@Injectable()
export class DeviceDirectory {
  private known: Directory = {
    standing: () => 'refused',
    standingOfCertified: () => 'refused',
    groupOf: async () => undefined,
  };

  use(directory: Directory): void {
    this.known = directory;
  }

  get(): Directory {
    return this.known;
  }
}
