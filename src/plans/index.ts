/** Planning, for the folders above. */

export { PlansService } from './control/plans.service.js';
export { PlansModule } from './plans.module.js';
export { cloudOutputs } from './pricing/planner-network.js';
export { type Convergence, ShadowService } from './shadow/shadow.service.js';
export type { AssignedPlan } from './state/device-documents.js';
