/** Self-enrolment over REST: tokens for operators, and the two questions of a device that is new. */
import { Body, Controller, Get, HttpCode, Inject, Post, Put, Req } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { actorOf, type DeviceActor, noteForAudit, setActor } from '../../access/index.js';
import {
  Answers,
  Clock,
  Concerns,
  clientAddressOf,
  DeviceRoute,
  FailureLimit,
  KeyedBuckets,
  PublicWithBody,
  refusing,
} from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { DeviceAccess } from '../credentials/device-access.js';
import { FleetService } from '../devices/fleet.service.js';
import { Enrolment } from './enrolment.service.js';
import {
  type EnrolmentRequest,
  type EnrolmentView,
  enrolment,
  enrolmentView,
  type OwnSecretChange,
  ownSecretChange,
} from './enrolment-requests.js';

/** Of one address, behind which a whole site may sit. */
const REFUSALS = { atOnce: 20, perMinute: 20 };
const REQUESTS = { atOnce: 100, perSecond: 5 };
const WAITING_EXAMPLE: EnrolmentView = { device: { id: 'pi-kitchen', access: 'waiting' } };

@ApiTags('enrolment')
@Controller('api/v1')
export class EnrolmentController {
  private readonly refusals: FailureLimit;
  private readonly requests = new KeyedBuckets(REQUESTS.perSecond, REQUESTS.atOnce);

  constructor(
    @Inject(Enrolment) private readonly enrolment: Enrolment,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(DeviceAccess) private readonly access: DeviceAccess,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.refusals = new FailureLimit(REFUSALS.atOnce, REFUSALS.perMinute, clock);
  }

  @Post('enrolment')
  @HttpCode(200)
  @PublicWithBody()
  @Concerns('devices')
  @ApiOperation({
    summary: 'Enrol this device by a token; `access` shows whether it waits for approval',
    description:
      'The device makes its secret itself (32 random bytes in base64url) and keeps it; only a hash is stored. The same ' +
      'request again is answered again and uses the token no second time.',
  })
  @Answers(enrolmentView, WAITING_EXAMPLE)
  async enrol(
    @Body({ schema: enrolment }) asked: EnrolmentRequest,
    @Req() request: FastifyRequest,
  ): Promise<EnrolmentView> {
    const place = clientAddressOf(request.ip);
    this.checkRate(place);
    try {
      const token = await this.enrolment.open(asked.token);
      setActor(request, { kind: 'token', id: token.id });
      const { device, isNew } = await this.enrolment.enrol(token, asked);
      if (!isNew) noteForAudit(request, { isChange: false });
      const { id, access } = device;
      return { device: { id, access: access as EnrolmentView['device']['access'] } };
    } catch (error) {
      throw this.slowedDown(error, place);
    }
  }

  @Get('enrolment')
  @DeviceRoute('waiting')
  @ApiBasicAuth()
  @ApiOperation({ summary: 'Get the enrolment status of this device: waiting or approved' })
  @Answers(enrolmentView, WAITING_EXAMPLE)
  async own(@Req() request: FastifyRequest): Promise<EnrolmentView> {
    const { id, access } = await this.fleet.get(deviceOf(request).id);
    return { device: { id, access: access as EnrolmentView['device']['access'] } };
  }

  @Put('enrolment/secret')
  @Concerns('devices')
  @DeviceRoute()
  @ApiBasicAuth()
  @ApiOperation({
    summary: 'Replace the secret of this device by its own new one; both are valid for `overlapS`',
  })
  @Answers(enrolmentView, { device: { id: 'pi-kitchen', access: 'approved' } })
  async replaceSecret(
    @Body({ schema: ownSecretChange }) { secret, overlapS }: OwnSecretChange,
    @Req() request: FastifyRequest,
  ): Promise<EnrolmentView> {
    const device = deviceOf(request);
    await this.access.replaceOwn(device, secret, 1000 * overlapS);
    return { device: { id: device.id, access: 'approved' } };
  }

  /** Before anything is asked of the database. */
  private checkRate(place: string): void {
    const retryAfterMs = this.requests.take(place, this.clock.monotonicMs());
    if (retryAfterMs === 0) return;
    throw new Fault('RATE_LIMITED', 'too many enrolments from this address', { retryAfterMs });
  }

  /** Slows down guesses of tokens; a valid token passes, even from the address of a guesser. */
  private slowedDown(error: unknown, place: string): unknown {
    if (!(error instanceof Fault) || error.code !== 'ENROLMENT_REFUSED') return error;
    const retryAfterMs = this.refusals.waitMs(place);
    this.refusals.recordFailure(place);
    if (retryAfterMs === 0) return error;
    const text = 'too many wrong tokens from this address';
    return refusing(new Fault('RATE_LIMITED', text, { retryAfterMs }), 'guessing');
  }
}

/** The device that asks; an operator is none. */
function deviceOf(request: FastifyRequest): DeviceActor {
  const actor = actorOf(request);
  if (actor?.kind === 'device') return actor;
  throw new Fault('FORBIDDEN', 'this route is for devices, with their own credential');
}
