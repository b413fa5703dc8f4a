/** Plans for the folders above: which plan a device's frame was made by. */

export { PlansService } from './control/plans.service.js';
export { PlansModule } from './plans.module.js';
export { cloudOutputs } from './pricing/planner-network.js';
export { type Convergence, ShadowService } from './shadow/shadow.service.js';
export type { AssignedPlan } from './state/device-state.js';
