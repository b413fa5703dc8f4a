/** Port to planning, which hands out models: it stands above the fleet and registers its implementation here. */
import { Injectable } from '@nestjs/common';

/**
 * Runs a write of a device's model and hands the model out, as one step of the device. With a version, only if the
 * desired document still has it: throws VERSION_CONFLICT. Throws what `write` throws.
 */
export type AssignModel = <T>(
  device: string,
  write: () => Promise<T>,
  desiredVersion?: number,
) => Promise<T>;

@Injectable()
export class ModelAssignmentPort {
  /** Without planning a model is only written. */
  private implementation: AssignModel = (_, write) => write();

  use(assign: AssignModel): void {
    this.implementation = assign;
  }

  get assign(): AssignModel {
    return this.implementation;
  }
}
