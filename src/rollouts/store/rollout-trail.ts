/** Writes the changes of rollouts to the audit log, next to those of operators. */
import { Inject, Injectable } from '@nestjs/common';
import { Audit } from '../../access/index.js';
import { Descriptions } from '../../platform/index.js';
import type { SettingsBefore } from '../rules/rollout.js';

@Injectable()
export class RolloutTrail {
  constructor(
    @Inject(Audit) private readonly audit: Audit,
    @Inject(Descriptions) private readonly descriptions: Descriptions,
  ) {}

  /** Keeps what `act` changes of a device; its rejection is passed on, and nothing is kept. */
  async device(
    rollout: string,
    device: string,
    asked: SettingsBefore,
    act: () => Promise<unknown>,
  ): Promise<void> {
    const subject = `devices/${device}`;
    const before = await this.descriptions.describe(subject);
    await act();
    const after = await this.descriptions.describe(subject);
    await this.record(rollout, 'change of a device', { subject, asked, before, after });
  }

  /** Keeps that a rollout went from one state to another. */
  async state(rollout: string, before: string, after: string, because: string): Promise<void> {
    const subject = `rollouts/${rollout}`;
    await this.record(rollout, 'change of state', { subject, asked: because, before, after });
  }

  private async record(
    rollout: string,
    action: string,
    change: { subject: string; asked: unknown; before: unknown; after: unknown },
  ): Promise<void> {
    const origin = { actor: `rollout ${rollout}`, address: 'the service', request: rollout };
    await this.audit.record({ ...origin, action, status: 200, ...change });
  }
}
