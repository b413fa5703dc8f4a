/** Rollouts: a module by itself, which the application only lists. */
export { RolloutsModule } from './rollouts.module.js';
