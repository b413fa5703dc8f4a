/** Where MQTT is served: for agents, which know only the address of REST. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers, Config, InScope, Public, type ResponseOf } from '../platform/index.js';
import { Broker } from './broker.js';
import { WEBSOCKET_PATH } from './listeners/listeners.js';

const port = z.int().min(1).max(65_535).nullable();

const brokerView = z
  .object({
    mqttPort: port.describe('Port of MQTT without TLS; null where it is not served'),
    mqttsPort: port.describe('Port of MQTT over TLS; null without a certificate'),
    webSocketPath: z.string().describe('Path of MQTT over WebSocket, on the port of REST'),
    url: z
      .string()
      .nullable()
      .describe('Where devices reach MQTT, as `FLOTILLA_MQTT_PUBLIC_URL` says; null where unset'),
  })
  .meta({ id: 'BrokerAddress' });
const EXAMPLE = { mqttPort: 1883, mqttsPort: null, webSocketPath: WEBSOCKET_PATH, url: null };

@ApiTags('health')
@Controller('api/v1/broker')
@InScope('nowhere')
export class BrokerController {
  constructor(
    @Inject(Broker) private readonly broker: Broker,
    @Inject(Config) private readonly config: Config,
  ) {}

  @Public()
  @Get()
  @ApiOperation({
    summary: 'Get where MQTT is served',
    description:
      'Needs no credential: a device asks before its first connection. The host is the one of this request, unless `url` is set. ' +
      'The ports are those that the service listens on. Behind a forwarding of ports, set `FLOTILLA_MQTT_PUBLIC_URL`.',
  })
  @Answers(brokerView, EXAMPLE)
  get(): ResponseOf<typeof brokerView> {
    const { port: mqttPort, tlsPort } = this.broker;
    return {
      mqttPort: mqttPort === 0 ? null : mqttPort,
      mqttsPort: tlsPort === 0 ? null : tlsPort,
      webSocketPath: WEBSOCKET_PATH,
      url: this.config.mqttPublicUrl ?? null,
    };
  }
}
