/** Plans of devices by version. */
import { Inject, Injectable } from '@nestjs/common';
import { type AssignedPlan, PlansService } from '../plans/index.js';

@Injectable()
export class PlanLookup {
  constructor(@Inject(PlansService) private readonly plans: PlansService) {}

  /**
   * The plan of a device, undefined when it has none of this version. A promise when the plans of the device must be read first;
   * it rejects with DEVICE_UNKNOWN.
   */
  of(
    device: string,
    version: number,
  ): AssignedPlan | undefined | Promise<AssignedPlan | undefined> {
    if (this.plans.isLoaded(device)) return this.plans.assigned(device, version);
    return this.plans.state(device).then(() => this.plans.assigned(device, version));
  }
}
