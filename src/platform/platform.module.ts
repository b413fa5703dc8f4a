/** The global module of the platform: every other module uses it without importing it. */
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { Clock } from './clock.js';
import { Config } from './config/config.js';
import { Database, openDatabase } from './database/database.js';
import { KnownNames } from './database/names/known-names.js';
import { ModelReferences } from './database/references/model-references.store.js';
import { Descriptions } from './descriptions.js';
import { DiskWatch } from './disk/disk-watch.js';
import { EventBus } from './events/event-bus.js';
import { checkDisk } from './health/disk-health.js';
import { HealthController } from './health/health.controller.js';
import { Health } from './health/health.js';
import { LoadReport } from './health/load-report.js';
import { VersionController } from './health/version.controller.js';
import { HttpSockets } from './http/connections/http-sockets.js';
import { PipelinedRequests } from './http/connections/pipelined-requests.js';
import { FaultFilter } from './http/fault-filter.js';
import { HttpRefusals } from './http/refusals.js';
import type { KnownPaths } from './http/requests/known-paths.js';
import { requestValidation } from './http/validation.js';
import { WriteGate } from './http/write-gate.js';
import { Log } from './log.js';
import { countDisk } from './metrics/disk-metrics.js';
import { countEvents } from './metrics/event-metrics.js';
import { countHttpRefusals } from './metrics/http-metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { Certificates } from './tls/certificates.js';

/** What exists before the application does. */
interface Ground {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly certificates: Certificates;
  readonly refusals: HttpRefusals;
  readonly pipelined: PipelinedRequests;
  readonly paths: KnownPaths;
}

@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(
    @Inject(Log) private readonly log: Log,
    @Inject(Certificates) private readonly certificates: Certificates,
  ) {}

  /** The platform under a configuration, with what exists before it. */
  static with(ground: Ground): DynamicModule {
    const { config, log, clock, certificates, refusals, pipelined, paths } = ground;
    // It opens while Nest looks through the modules, and Nest reports when it cannot.
    const opening = openDatabase(config, log);
    opening.catch(() => undefined);
    return {
      module: PlatformModule,
      controllers: [HealthController, MetricsController, VersionController],
      providers: [
        { provide: Config, useValue: config },
        { provide: Log, useValue: log },
        { provide: Certificates, useValue: certificates },
        { provide: Clock, useValue: clock },
        Descriptions,
        LoadReport,
        { provide: HttpRefusals, useValue: refusals },
        { provide: PipelinedRequests, useValue: pipelined },
        { provide: HttpSockets, useFactory: () => new HttpSockets(config, log, clock) },
        { provide: EventBus, useFactory: () => new EventBus(log, clock) },
        {
          provide: Metrics,
          inject: [EventBus, HttpSockets, DiskWatch],
          useFactory: (events: EventBus, sockets: HttpSockets, disk: DiskWatch) => {
            const metrics = new Metrics();
            countDisk(metrics, disk);
            countEvents(events, metrics);
            countHttpRefusals(metrics, refusals, sockets);
            return metrics;
          },
        },
        {
          provide: Health,
          inject: [Clock, Database, DiskWatch],
          useFactory: (own: Clock, database: Database, disk: DiskWatch) => {
            const health = new Health(own);
            health.register('database', async () => {
              await database.ping();
              if (disk.serverTrouble !== undefined) throw new Error(disk.serverTrouble);
            });
            checkDisk(health, disk);
            return health;
          },
        },
        {
          provide: Database,
          useFactory: () => opening,
        },
        {
          provide: KnownNames,
          inject: [Database],
          useFactory: (database: Database) => new KnownNames(database),
        },
        {
          provide: DiskWatch,
          useFactory: () => new DiskWatch(config, clock, log.child({ part: 'disk' })),
        },
        {
          provide: APP_FILTER,
          inject: [DiskWatch],
          useFactory: (disk: DiskWatch) => new FaultFilter(refusals, disk, paths, log, clock),
        },
        {
          provide: APP_INTERCEPTOR,
          inject: [Reflector, DiskWatch, Database],
          useFactory: (reflector: Reflector, disk: DiskWatch, { location }: Database) =>
            new WriteGate(reflector, disk, location.kind),
        },
        {
          provide: ModelReferences,
          inject: [Database],
          useFactory: (database: Database) => new ModelReferences(database),
        },
        { provide: APP_PIPE, useFactory: requestValidation },
      ],
      exports: [
        Certificates,
        Config,
        Log,
        Clock,
        Descriptions,
        DiskWatch,
        EventBus,
        Health,
        HttpRefusals,
        HttpSockets,
        KnownNames,
        LoadReport,
        Metrics,
        PipelinedRequests,
        Database,
        ModelReferences,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.certificates.close();
    this.log.flush();
  }
}
