/** Who may use the REST interface, how often, and what they changed by it. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { Descriptions } from '../platform/index.js';
import { AuditController } from './audit/audit.controller.js';
import { Audit } from './audit/audit.js';
import { AuditEntriesStore } from './audit/audit-entries.store.js';
import { AuditTrail } from './audit/audit-trail.js';
import { RefusedAccess } from './audit/refused-access.js';
import { AccessGuard } from './guard/access-guard.js';
import { AnonymousGate } from './guard/anonymous-gate.js';
import { BodyGate } from './guard/body-gate.js';
import { IdempotentAnswers } from './idempotency/idempotent-answers.js';
import { IdempotentAnswersStore } from './idempotency/idempotent-answers.store.js';
import { IdempotentWrites } from './idempotency/idempotent-writes.js';
import { DeviceDirectory } from './keys/device-directory.js';
import { keyViewOf } from './keys/key-requests.js';
import { KeysController } from './keys/keys.controller.js';
import { OperatorKeyStore } from './keys/operator-key.store.js';
import { OperatorKeys } from './keys/operator-keys.js';
import { Retention } from './retention.js';

@Module({
  controllers: [KeysController, AuditController],
  providers: [
    AccessGuard,
    AnonymousGate,
    Audit,
    AuditEntriesStore,
    AuditTrail,
    BodyGate,
    DeviceDirectory,
    IdempotentAnswers,
    IdempotentAnswersStore,
    IdempotentWrites,
    OperatorKeys,
    OperatorKeyStore,
    RefusedAccess,
    Retention,
    { provide: APP_GUARD, useExisting: AccessGuard },
    // In this order: a repeated answer changes nothing, so it is not recorded again.
    { provide: APP_INTERCEPTOR, useExisting: IdempotentWrites },
    { provide: APP_INTERCEPTOR, useExisting: AuditTrail },
  ],
  exports: [Audit, DeviceDirectory],
})
export class AccessModule implements OnModuleInit {
  constructor(
    @Inject(Descriptions) private readonly descriptions: Descriptions,
    @Inject(OperatorKeys) private readonly keys: OperatorKeys,
  ) {}

  onModuleInit(): void {
    this.descriptions.register('keys', async (id) => {
      const key = this.keys.list().find((one) => one.id === id);
      return key && keyViewOf(key);
    });
  }
}
