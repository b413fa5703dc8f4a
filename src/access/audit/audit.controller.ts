/** The audit log over REST, for admins. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, Needs } from '../../platform/index.js';
import { Audit } from './audit.js';
import {
  AUDIT_EXAMPLE,
  type AuditQuery,
  type AuditView,
  auditCursors,
  auditList,
  auditQuery,
  auditViewOf,
} from './audit-requests.js';

@ApiTags('operators')
@Controller('api/v1/audit')
@Needs('admin')
export class AuditController {
  constructor(@Inject(Audit) private readonly audit: Audit) {}

  @Get()
  @ApiOperation({
    summary:
      'List changes, newest first: actor, subject, before, after; `next` is the cursor of the next page, null at the end',
    description:
      'Rejected requests of operators are entries, too: one an hour for each key, or for each address of wrong keys. Their action begins ' +
      'with `refused: `; `after` has the number of requests.',
  })
  @Answers(auditList, { entries: [AUDIT_EXAMPLE], next: null })
  async list(
    @Query({ schema: auditQuery }) { actor, subject, from, to, limit, cursor }: AuditQuery,
  ): Promise<{ entries: AuditView[]; next: string | null }> {
    const entries = await this.audit.page({
      ...{ actor, subject, limit },
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to),
      before: cursor === undefined ? undefined : auditCursors.placeOf(cursor),
    });
    const last = entries.length === limit ? entries.at(-1) : undefined;
    return {
      entries: entries.map(auditViewOf),
      next: last === undefined ? null : auditCursors.textOf(last.id),
    };
  }
}
