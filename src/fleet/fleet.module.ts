/** Which devices there are, whether they may speak, and whether they are alive. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { AccessModule } from '../access/index.js';
import { BrokerModule } from '../broker/index.js';
import { Descriptions } from '../platform/index.js';
import { BulkController } from './bulk/bulk.controller.js';
import { Bulk } from './bulk/bulk.service.js';
import { BulkStore } from './bulk/bulk.store.js';
import { ListParsers } from './bulk/list-parsers.js';
import { Credentials } from './credentials/credentials.js';
import { DeviceAccess } from './credentials/device-access.js';
import { DeviceCredentialsStore } from './credentials/device-credentials.store.js';
import { settingsOf } from './devices/device-requests.js';
import { FleetController } from './devices/devices.controller.js';
import { FleetService } from './devices/fleet.service.js';
import { ModelAssignmentPort } from './devices/model-assignment-port.js';
import { EnrolmentController } from './enrolment/enrolment.controller.js';
import { Enrolment } from './enrolment/enrolment.service.js';
import { tokenViewOf } from './enrolment/enrolment-requests.js';
import { TokensController } from './enrolment/tokens.controller.js';
import { EnrolmentTokenStore } from './enrolment/tokens.store.js';
import { FleetHandler } from './fleet.handler.js';
import { groupSettings } from './groups/group-settings.js';
import { GroupsController } from './groups/groups.controller.js';
import { GroupsService } from './groups/groups.service.js';
import { GroupsStore } from './groups/groups.store.js';
import { Presence } from './presence/presence.js';
import { PresenceStore } from './presence/presence.store.js';
import { FleetStore } from './store/devices.store.js';

@Module({
  imports: [AccessModule, BrokerModule],
  controllers: [
    FleetController,
    BulkController,
    EnrolmentController,
    TokensController,
    GroupsController,
  ],
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
    ModelAssignmentPort,
    Presence,
    PresenceStore,
  ],
  exports: [FleetService, ModelAssignmentPort],
})
export class FleetModule implements OnModuleInit {
  constructor(
    @Inject(Descriptions) private readonly descriptions: Descriptions,
    @Inject(FleetStore) private readonly devices: FleetStore,
    @Inject(GroupsStore) private readonly groups: GroupsStore,
    @Inject(EnrolmentTokenStore) private readonly tokens: EnrolmentTokenStore,
    @Inject(FleetService) private readonly service: FleetService,
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
      return row && tokenViewOf(row, await this.service.modelsOf([row.modelId]));
    });
  }
}
