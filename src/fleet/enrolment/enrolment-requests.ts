/** What the REST interface of self-enrolment takes and answers. */
import { z } from 'zod';
import {
  groupName,
  instant,
  modelReference,
  type NamedModel,
  namedModel,
  type ResponseOf,
  shownModel,
  tagNames,
  wholeNumber,
} from '../../platform/index.js';
import { deviceId } from '../../wire/index.js';
import { access } from '../devices/device-requests.js';
import type { TokenRow } from './tokens.store.js';

const MAX_USES = 10_000;
const MAX_DAYS = 365;

export const newToken = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    uses: z.int().min(1).max(MAX_USES).default(1).describe('Max devices that can enrol with it'),
    expiresInS: z
      .int()
      .min(60)
      .max(MAX_DAYS * 86_400)
      .default(86_400),
    needsApproval: z
      .boolean()
      .default(true)
      .describe('Whether an operator must approve each device before it can connect'),
    group: groupName.nullable().default(null),
    tags: tagNames.default([]),
    model: modelReference.nullable().default(null),
  })
  .meta({ example: { name: 'new cameras', uses: 20, expiresInS: 86_400, group: 'indoors' } });
export type NewTokenRequest = z.infer<typeof newToken>;

export const tokenPage = z.strictObject({
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type TokenPage = z.infer<typeof tokenPage>;

/** 256 random bits in base64url: the device makes its secret itself, so that no answer has to hold it. */
const ownSecret = z
  .string()
  .regex(
    /^[A-Za-z0-9_-]{43,128}$/,
    'is not 43 to 128 letters of base64url, as 32 random bytes make',
  );

const SECRET_EXAMPLE = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';

export const enrolment = z
  .strictObject({
    token: z.string().min(1).max(200),
    id: deviceId,
    secret: ownSecret,
    name: z.string().trim().min(1).max(100).optional(),
  })
  .meta({ example: { token: 'fle_…', id: 'pi-kitchen', secret: SECRET_EXAMPLE } });
export type EnrolmentRequest = z.infer<typeof enrolment>;

export const ownSecretChange = z
  .strictObject({ secret: ownSecret, overlapS: z.int().min(0).max(86_400).default(3600) })
  .meta({ example: { secret: SECRET_EXAMPLE, overlapS: 3600 } });
export type OwnSecretChange = z.infer<typeof ownSecretChange>;

export const enrolmentView = z.object({
  device: z
    .object({ id: z.string(), access })
    .describe('Enrolment status of the device; it waits until its access is `approved`'),
});
export type EnrolmentView = ResponseOf<typeof enrolmentView>;

/** A token as the REST interface shows it: never its text, nor its hash. */
export const tokenView = z
  .object({
    id: z.string(),
    name: z.string(),
    createdAt: instant,
    createdBy: z.string(),
    expiresAt: instant,
    revokedAt: instant.nullable(),
    uses: z.int(),
    maxUses: z.int(),
    needsApproval: z.boolean(),
    group: z.string().nullable(),
    tags: z.array(z.string()),
    model: namedModel.nullable(),
  })
  .meta({ id: 'EnrolmentToken' });
export type TokenView = ResponseOf<typeof tokenView>;

export const newTokenView = tokenView
  .extend({ token: z.string().describe('Shown only once') })
  .meta({ id: 'NewEnrolmentToken' });

export function tokenViewOf(row: TokenRow, models: ReadonlyMap<string, NamedModel>): TokenView {
  const { id, name, createdBy, uses, maxUses, group, modelId } = row;
  const model = shownModel(modelId, models);
  return {
    ...{ id, name, createdBy, uses, maxUses, group, model },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    needsApproval: row.access === 'waiting',
    tags: row.tags as string[],
  };
}

export const TOKEN_EXAMPLE: TokenView = {
  id: '7c01d9e2ab34',
  name: 'new cameras',
  createdAt: '2026-11-23T08:00:00.000Z',
  createdBy: 'operator first-start',
  expiresAt: '2026-11-24T08:00:00.000Z',
  revokedAt: null,
  uses: 3,
  maxUses: 20,
  needsApproval: true,
  group: 'indoors',
  tags: [],
  model: null,
};
