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
import { requestValidation } from './http/validation.js';
import { Log } from './log.js';
import { countEvents } from './metrics/event-metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { Certificates } from './tls/certificates.js';

@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(
    @Inject(Log) private readonly log: Log,
    @Inject(Certificates) private readonly certificates: Certificates,
  ) {}

  /** The platform under a configuration and the certificates it names. */
  static with(config: Config, log: Log, clock: Clock, certificates: Certificates): DynamicModule {
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
        { provide: HttpSockets, useFactory: () => new HttpSockets(config, log, clock) },
        { provide: EventBus, useFactory: () => new EventBus(log, clock) },
        {
          provide: Metrics,
          inject: [EventBus],
          useFactory: (events: EventBus) => {
            const metrics = new Metrics();
            countEvents(events, metrics);
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
        { provide: APP_FILTER, useFactory: () => new FaultFilter(log, clock) },
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
