/** What the REST interface of operators' keys takes and answers. */
import { z } from 'zod';
import { groupName, instant, type ResponseOf, ROLES, time } from '../../platform/index.js';
import type { StoredKey } from './operator-key.store.js';

const MAX_GROUPS = 64;

export const newKey = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    role: z.enum(ROLES),
    groups: z
      .array(groupName)
      .min(1)
      .max(MAX_GROUPS)
      .nullable()
      .default(null)
      .describe('Absent or null: the whole fleet'),
    expiresAt: time.nullable().default(null),
  })
  .refine(
    ({ role, groups }) => role !== 'admin' || groups === null,
    'groups: an admin is for the whole fleet',
  )
  .meta({ example: { name: 'night shift', role: 'operator', groups: ['indoors'] } });
export type NewKeyRequest = z.infer<typeof newKey>;

/** A key as the REST interface shows it: never its text, nor its hash. */
export const keyView = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    groups: z.array(z.string()).nullable().describe('null: the whole fleet'),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'OperatorKey' });
export type KeyView = ResponseOf<typeof keyView>;

export const newKeyView = keyView
  .extend({ key: z.string().describe('Shown only once') })
  .meta({ id: 'NewOperatorKey' });
export const keyList = z.object({ keys: z.array(keyView) });

export function keyViewOf({ id, name, role, groups, ...times }: StoredKey): KeyView {
  return {
    ...{ id, name, role, groups },
    createdAt: times.createdAt.toISOString(),
    expiresAt: times.expiresAt?.toISOString() ?? null,
    revokedAt: times.revokedAt?.toISOString() ?? null,
  };
}

export const KEY_EXAMPLE: KeyView = {
  id: '3f9c2a41d07b',
  name: 'night shift',
  role: 'operator',
  groups: ['indoors'],
  createdAt: '2026-11-23T08:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
};
