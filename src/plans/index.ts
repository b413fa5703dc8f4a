/** Plans for the folders above: which plan a device's frame was made by. */
export type { AssignedPlan } from './device-state.js';
export { cloudOutputs } from './network.js';
export { PlansModule } from './plans.module.js';
export { PlansService } from './plans.service.js';
export { type Convergence, ShadowService } from './shadow.service.js';
