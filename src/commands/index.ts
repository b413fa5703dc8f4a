/** Commands to devices: a module by itself, which the folders above only list. */
export { CommandsModule } from './commands.module.js';
