/** The global module of the platform: every other module uses it without importing it. */
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { Clock } from './clock.js';
import { Config } from './config/config.js';
import { Database, openDatabase } from './database/database.js';
import { Descriptions } from './descriptions.js';
import { EventBus } from './events/event-bus.js';
import { HealthController } from './health/health.controller.js';
import { Health } from './health/health.js';
import { LoadReport } from './health/load-report.js';
import { FaultFilter } from './http/fault-filter.js';
import { HttpSockets } from './http/http-sockets.js';
import { HttpRefusals } from './http/refusals.js';
import { requestValidation } from './http/validation.js';
import { Log } from './log.js';
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
}

@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(
    @Inject(Log) private readonly log: Log,
    @Inject(Certificates) private readonly certificates: Certificates,
  ) {}

  /** The platform under a configuration, with what exists before it. */
  static with({ config, log, clock, certificates, refusals }: Ground): DynamicModule {
    // It opens while Nest looks through the modules, and Nest reports when it cannot.
    const opening = openDatabase(config, log);
    opening.catch(() => undefined);
    return {
      module: PlatformModule,
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: Config, useValue: config },
        { provide: Log, useValue: log },
        { provide: Certificates, useValue: certificates },
        { provide: Clock, useValue: clock },
        Descriptions,
        LoadReport,
        { provide: HttpRefusals, useValue: refusals },
        { provide: HttpSockets, useFactory: () => new HttpSockets(config, log, clock) },
        { provide: EventBus, useFactory: () => new EventBus(log, clock) },
        {
          provide: Metrics,
          inject: [EventBus, HttpSockets],
          useFactory: (events: EventBus, sockets: HttpSockets) => {
            const metrics = new Metrics();
            countEvents(events, metrics);
            countHttpRefusals(metrics, refusals, sockets);
            return metrics;
          },
        },
        {
          provide: Health,
          inject: [Clock, Database],
          useFactory: (own: Clock, database: Database) => {
            const health = new Health(own);
            health.register('database', () => database.ping());
            return health;
          },
        },
        {
          provide: Database,
          useFactory: () => opening,
        },
        { provide: APP_FILTER, useFactory: () => new FaultFilter(refusals, log, clock) },
        { provide: APP_PIPE, useFactory: requestValidation },
      ],
      exports: [
        Certificates,
        Config,
        Log,
        Clock,
        Descriptions,
        EventBus,
        Health,
        HttpRefusals,
        HttpSockets,
        LoadReport,
        Metrics,
        Database,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.certificates.close();
    this.log.flush();
  }
}
