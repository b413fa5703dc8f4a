/** Models for the folders above: what is ready to run, and where its blocks are. */
export { ModelsModule } from './models.module.js';
export { ModelsService } from './models.service.js';
