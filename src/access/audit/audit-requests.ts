/** What the REST interface of the audit log takes and answers. */
import { z } from 'zod';
import {
  cursors,
  instant,
  pageOf,
  type ResponseOf,
  time,
  wholeNumber,
} from '../../platform/index.js';
import type { AuditEntry } from './audit-entries.store.js';

const name = z.string().min(1).max(200);

export const auditQuery = z.strictObject({
  actor: name.optional().meta({ example: 'operator first-start' }),
  subject: name
    .optional()
    .meta({ description: 'A thing, or a kind of things', example: 'devices/pi-kitchen' }),
  from: time.optional(),
  to: time.optional(),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type AuditQuery = z.infer<typeof auditQuery>;

const document = z.unknown().describe('Any JSON; secrets are left out');

/** An entry as the REST interface shows it. */
export const auditView = z
  .object({
    id: z.string(),
    at: instant,
    actor: z.string(),
    address: z.string(),
    request: z.string(),
    action: z.string(),
    subject: z.string(),
    status: z.int(),
    asked: document,
    before: document,
    after: document,
  })
  .meta({ id: 'AuditEntry' });
export type AuditView = ResponseOf<typeof auditView>;

export const auditList = pageOf('entries', auditView);

export function auditViewOf(entry: AuditEntry): AuditView {
  return { ...entry, at: entry.at.toISOString() };
}

/** Of pages of entries: the last id. */
export const auditCursors = cursors(z.string().regex(/^[0-9a-z]{10,40}$/));

export const AUDIT_EXAMPLE: AuditView = {
  id: 'mi2k8z1c00001a0b1c2',
  at: '2026-11-23T08:00:00.000Z',
  actor: 'operator 3f9c2a41d07b',
  address: '192.0.2.7',
  request: '0f0c7f0e-6f0b-4f3e-9a57-6a2b8f5c2d11',
  action: 'PATCH /api/v1/devices/:id',
  subject: 'devices/pi-kitchen',
  status: 200,
  asked: { model: 'k3v9x2m1' },
  before: { id: 'pi-kitchen', version: 3, model: null },
  after: { id: 'pi-kitchen', version: 4, model: 'k3v9x2m1' },
};
