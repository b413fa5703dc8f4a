/** One-time commands to devices, and their results. */
import { Module } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { CommandsController } from './commands.controller.js';
import { CommandsService } from './commands.service.js';
import { CommandsStore } from './commands.store.js';
import { Dispatcher } from './dispatcher.js';

@Module({
  imports: [BrokerModule],
  controllers: [CommandsController],
  providers: [CommandsService, CommandsStore, Dispatcher],
})
export class CommandsModule {}
