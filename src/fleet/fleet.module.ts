/** Which devices there are, whether they may speak, and whether they are alive; and who may use the REST interface. */
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { BrokerModule } from '../broker/index.js';
import { AccessGuard } from './access-guard.js';
import { BodyGate } from './body-gate.js';
import { Credentials } from './credentials.js';
import { FleetController } from './fleet.controller.js';
import { FleetHandler } from './fleet.handler.js';
import { FleetService } from './fleet.service.js';
import { FleetStore } from './fleet.store.js';
import { GroupsController } from './groups.controller.js';
import { GroupsService } from './groups.service.js';
import { GroupsStore } from './groups.store.js';
import { OperatorKeyStore } from './operator-key.store.js';
import { OperatorKeys } from './operator-keys.js';
import { Presence } from './presence.js';

@Module({
  imports: [BrokerModule],
  controllers: [FleetController, GroupsController],
  providers: [
    AccessGuard,
    BodyGate,
    Credentials,
    FleetHandler,
    FleetService,
    FleetStore,
    GroupsService,
    GroupsStore,
    OperatorKeys,
    OperatorKeyStore,
    Presence,
    { provide: APP_GUARD, useExisting: AccessGuard },
  ],
  exports: [FleetService],
})
export class FleetModule {}
