/** Requests about shadows. */
import { z } from 'zod';
import { groupName, modelReference, wholeNumber } from '../../platform/index.js';
import { deviceId } from '../../wire/index.js';

export const shadowPath = z.strictObject({ id: deviceId });
export const twinPath = z.strictObject({ id: deviceId, name: z.enum(['model', 'plan']) });

export const modelWish = z
  .strictObject({ model: modelReference.nullable() })
  .meta({ example: { model: 'mobilenetv2@3' } });
export type ModelWish = z.infer<typeof modelWish>;

export const driftPage = z.strictObject({
  group: groupName.optional(),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type DriftPageRequest = z.infer<typeof driftPage>;
