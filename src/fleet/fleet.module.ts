/** Which devices there are, whether they may speak, and whether they are alive. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { AccessModule } from '../access/index.js';
import { BrokerModule } from '../broker/index.js';
import { Descriptions } from '../platform/index.js';
import { BulkController } from './bulk.controller.js';
import { Bulk } from './bulk.js';
import { BulkStore } from './bulk.store.js';
import { Credentials } from './credentials.js';
import { DeviceAccess } from './device-access.js';
import { DeviceCredentialsStore } from './device-credentials.store.js';
import { settingsOf } from './device-requests.js';
import { EnrolmentController } from './enrolment.controller.js';
import { Enrolment } from './enrolment.js';
import { viewOf } from './enrolment-requests.js';
import { EnrolmentTokenStore } from './enrolment-token.store.js';
import { FleetController } from './fleet.controller.js';
import { FleetHandler } from './fleet.handler.js';
import { FleetService } from './fleet.service.js';
import { FleetStore } from './fleet.store.js';
import { groupSettings } from './group-settings.js';
import { GroupsController } from './groups.controller.js';
import { GroupsService } from './groups.service.js';
import { GroupsStore } from './groups.store.js';
import { ListParsers } from './list-parsers.js';
import { Presence } from './presence.js';

@Module({
  imports: [AccessModule, BrokerModule],
  controllers: [FleetController, BulkController, EnrolmentController, GroupsController],
  providers: [
    Bulk,
    BulkStore,
    Credentials,
    DeviceAccess,
    DeviceCredentialsStore,
    Enrolment,
    EnrolmentTokenStore,
    FleetHandler,
    FleetService,
    FleetStore,
    GroupsService,
    GroupsStore,
    ListParsers,
    Presence,
  ],
  exports: [FleetService],
})
export class FleetModule implements OnModuleInit {
  constructor(
    @Inject(Descriptions) private readonly descriptions: Descriptions,
    @Inject(FleetStore) private readonly devices: FleetStore,
    @Inject(GroupsStore) private readonly groups: GroupsStore,
    @Inject(EnrolmentTokenStore) private readonly tokens: EnrolmentTokenStore,
  ) {}

  onModuleInit(): void {
    this.descriptions.register('devices', async (id) => {
      const row = await this.devices.find(id);
      return row && settingsOf(row);
    });
    this.descriptions.register('groups', async (name) =>
      groupSettings(await this.groups.devicesOf(name)),
    );
    this.descriptions.register('enrolment-tokens', async (id) => {
      const row = await this.tokens.find(id);
      return row && viewOf(row);
    });
  }
}
