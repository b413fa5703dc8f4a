/** What devices are told to do once, and what became of it. */
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
