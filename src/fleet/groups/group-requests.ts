/** What the REST interface of groups takes and answers. */
import { z } from 'zod';
import {
  groupName,
  modelReference,
  NAMED_MODEL_EXAMPLE,
  namedModel,
  type ResponseOf,
} from '../../platform/index.js';
import { deadlineMs, limitsChange, strategy } from '../devices/device-requests.js';

export const groupPath = z.strictObject({ name: groupName });
export type GroupPath = z.infer<typeof groupPath>;

export const groupChange = z
  .strictObject({
    model: modelReference.nullable().optional(),
    deadlineMs: deadlineMs.nullable().optional(),
    strategy: strategy.optional(),
    limits: limitsChange.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'names nothing to change')
  .meta({ example: { model: 'mobilenetv2@3' } });
export type GroupChangeRequest = z.infer<typeof groupChange>;

const count = z.int().min(0);

export const groupView = z
  .object({
    name: z.string(),
    devices: count,
    connected: count.describe('Those that have a session now'),
    models: z
      .array(z.object({ model: namedModel.nullable(), devices: count }))
      .describe('How many devices are to run which model; null: none'),
  })
  .meta({ id: 'Group' });
export type GroupView = ResponseOf<typeof groupView>;

export const groupList = z.object({ groups: z.array(groupView) });

export const GROUP_EXAMPLE: GroupView = {
  ...{ name: 'indoors', devices: 12, connected: 11 },
  models: [{ model: NAMED_MODEL_EXAMPLE, devices: 12 }],
};
