/**
 * Devices that enrol themselves with a token.
 *
 * The device makes its secret and sends it with the token: no answer holds a secret, so an answer that is lost costs nothing.
 * The same id and secret again get the same answer, and use the token no second time.
 */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { checkGroup, type Groups, hashOf, isSecretOf, newSecret } from '../../access/index.js';
import { Clock } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { Credentials } from '../credentials/credentials.js';
import { FleetService, newDeviceOf } from '../devices/fleet.service.js';
import { type DeviceRow, FleetStore } from '../store/devices.store.js';
import type { EnrolmentRequest, NewTokenRequest } from './enrolment-requests.js';
import { EnrolmentTokenStore, type TokenRow, type TokensPage } from './tokens.store.js';

/** So that a token is known for one wherever it is found. */
const PREFIX = 'fle_';

export interface SelfEnrolled {
  readonly device: DeviceRow;
  /** False: the device was enrolled by an earlier request. */
  readonly isNew: boolean;
}

@Injectable()
export class Enrolment {
  constructor(
    @Inject(EnrolmentTokenStore) private readonly tokens: EnrolmentTokenStore,
    @Inject(FleetStore) private readonly devices: FleetStore,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Makes a token; its text is shown only once. Throws FORBIDDEN, MODEL_UNKNOWN, MODEL_NOT_READY. */
  async makeToken(
    asked: NewTokenRequest,
    createdBy: string,
    groups: Groups,
  ): Promise<{ row: TokenRow; token: string }> {
    const { name, uses, expiresInS, needsApproval, group, tags, model } = asked;
    checkGroup(groups, group);
    const modelId = model === null ? null : await this.fleet.readyModel(model);
    const token = `${PREFIX}${newSecret()}`;
    const createdAt = this.clock.now();
    const row = await this.tokens.create({
      ...{ id: randomBytes(6).toString('hex'), name, hash: hashOf(token), createdAt, createdBy },
      expiresAt: new Date(createdAt.getTime() + 1000 * expiresInS),
      ...{ revokedAt: null, uses: 0, maxUses: uses },
      ...{ access: needsApproval ? 'waiting' : 'approved', group, tags, modelId },
    });
    return { row, token };
  }

  page(page: TokensPage): Promise<TokenRow[]> {
    return this.tokens.page(page);
  }

  /** Throws TOKEN_UNKNOWN, FORBIDDEN. */
  async token(id: string, groups: Groups): Promise<TokenRow> {
    const row = await this.tokens.find(id);
    if (row === null) throw unknownToken(id);
    checkGroup(groups, row.group);
    return row;
  }

  /** No device enrols with it any more; those that did stay. Throws TOKEN_UNKNOWN, FORBIDDEN. */
  async revoke(id: string, groups: Groups): Promise<void> {
    await this.token(id, groups);
    if (!(await this.tokens.revoke(id, this.clock.now()))) throw unknownToken(id);
  }

  /** The token a device enrols with. Throws ENROLMENT_REFUSED. */
  async open(token: string): Promise<TokenRow> {
    const row = await this.tokens.findByHash(hashOf(token));
    if (row === null) throw new Fault('ENROLMENT_REFUSED', 'enrolment token not found');
    return row;
  }

  /** In the device's turn: the same request, coming twice at once, is answered twice. Throws ENROLMENT_REFUSED, DEVICE_EXISTS. */
  async enrol(token: TokenRow, asked: EnrolmentRequest): Promise<SelfEnrolled> {
    this.checkAlive(token);
    return this.credentials.turns.of(asked.id, async () => {
      const earlier = await this.devices.find(asked.id);
      if (earlier !== null) return this.again(token, asked, earlier);
      return { device: await this.use(token, asked), isNew: true };
    });
  }

  private async use(token: TokenRow, asked: EnrolmentRequest): Promise<DeviceRow> {
    const own = { secretHash: hashOf(asked.secret), tokenId: token.id } as const;
    const { group, tags, modelId } = token;
    const request = {
      ...{ id: asked.id, name: asked.name, tags: tags as string[] },
      ...{ group: group ?? undefined, model: modelId ?? undefined },
    };
    const device = newDeviceOf(request, { ...own, access: accessOf(token) });
    if (!(await this.tokens.takeUse(token.id))) throw refused('is used up');
    try {
      return await this.fleet.add(device);
    } catch (error) {
      await this.tokens.giveBackUse(token.id);
      throw error;
    }
  }

  /** The same request again is answered again, while the token is alive; another device cannot take the id. */
  private async again(
    token: TokenRow,
    { id, secret }: EnrolmentRequest,
    earlier: DeviceRow,
  ): Promise<SelfEnrolled> {
    const isSame = earlier.tokenId === token.id && isSecretOf(earlier.secretHash, secret);
    if (!isSame || earlier.access === 'revoked') {
      throw new Fault('DEVICE_EXISTS', `there is a device '${id}' already, with another secret`);
    }
    if (this.credentials.get(id) !== undefined) return { device: earlier, isNew: false };
    // It was written, but the database failed before it could say so, or take the tags.
    await this.devices.change(id, undefined, { tags: token.tags as string[] });
    this.fleet.added({ ...earlier, access: accessOf(earlier) });
    return { device: earlier, isNew: true };
  }

  private checkAlive({ expiresAt, revokedAt }: TokenRow): void {
    if (revokedAt !== null) throw refused('was revoked');
    if (expiresAt <= this.clock.now()) throw refused(`expired at ${expiresAt.toISOString()}`);
  }
}

function accessOf({ access }: { readonly access: string }): 'waiting' | 'approved' {
  return access === 'waiting' ? 'waiting' : 'approved';
}

function refused(why: string): Fault {
  return new Fault('ENROLMENT_REFUSED', `the enrolment token ${why}`);
}

function unknownToken(id: string): Fault {
  return new Fault('TOKEN_UNKNOWN', `enrolment token '${id}' not found`);
}
