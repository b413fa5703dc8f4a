/** What the REST interface of commands takes and answers, field by field. */
import { z } from 'zod';
import {
  type DeviceTargetRequest,
  deviceTarget,
  groupName,
  instant,
  type ResponseOf,
  reportedFault,
  underSomeOf,
  wholeNumber,
} from '../platform/index.js';
import { agentLogLevels, commandKinds, deviceId } from '../wire/index.js';
import { type CommandState, commandStates } from './command-states.js';
import type { CommandRow, RunRow } from './commands.store.js';

const MAX_EXPIRY_S = 7 * 86_400;

export const newCommand = z
  .strictObject({
    kind: z.enum(commandKinds),
    level: z.enum(agentLogLevels).optional(),
    target: deviceTarget,
    expiresInS: z.int().min(1).max(MAX_EXPIRY_S).default(300),
  })
  .refine(({ kind, level }) => (kind === 'logLevel') === (level !== undefined), {
    path: ['level'],
    message: 'is given for logLevel, and only for it',
  })
  .meta({
    example: { kind: 'logLevel', level: 'debug', target: { group: 'indoors' }, expiresInS: 300 },
  });
export type NewCommandRequest = z.infer<typeof newCommand>;

export const commandPath = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'is no command id'),
});
export type CommandPath = z.infer<typeof commandPath>;

export const commandPage = z.strictObject({
  /** Those that were meant for the group. */
  group: groupName.optional(),
  device: deviceId.optional(),
  limit: wholeNumber(200).default(50),
  cursor: z.string().max(200).optional(),
});
export type CommandPageRequest = z.infer<typeof commandPage>;

export const runPage = z.strictObject({
  state: z.enum(commandStates).optional(),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type RunPageRequest = z.infer<typeof runPage>;

const at = instant.nullable();

export const commandView = z
  .object({
    id: z.string(),
    kind: z.enum(commandKinds),
    level: z.enum(agentLogLevels).nullable(),
    target: deviceTarget,
    createdAt: instant,
    expiresAt: instant,
    progress: underSomeOf(commandStates, z.int()).describe(
      'How many devices are in each state; one that no device is in is left out',
    ),
    isOver: z.boolean().describe('True when no device is still to report'),
  })
  .meta({ id: 'Command' });
export type CommandView = ResponseOf<typeof commandView>;

export const runView = z
  .object({
    device: z.string(),
    state: z.enum(commandStates),
    sentAt: at,
    acceptedAt: at,
    endedAt: at,
    result: z.string().nullable(),
    fault: reportedFault.nullable(),
  })
  .meta({ id: 'CommandRun' });
export type RunView = ResponseOf<typeof runView>;

export const COMMAND_EXAMPLE: CommandView = {
  id: '0123456789abcdef',
  kind: 'logLevel',
  level: 'debug',
  target: { group: 'indoors' },
  createdAt: '2026-11-23T09:30:00.000Z',
  expiresAt: '2026-11-23T09:35:00.000Z',
  progress: { done: 11, queued: 1 },
  isOver: false,
};

export const RUN_EXAMPLE: RunView = {
  device: 'pi-kitchen',
  state: 'done',
  sentAt: '2026-11-23T09:30:00.020Z',
  acceptedAt: '2026-11-23T09:30:00.061Z',
  endedAt: '2026-11-23T09:30:00.063Z',
  result: 'lines of debug and above are logged',
  fault: null,
};

/** A command with the number of its runs in each state. */
export function commandViewOf(
  row: CommandRow,
  progress: Readonly<Partial<Record<CommandState, number>>>,
): CommandView {
  const { id, createdAt, expiresAt } = row;
  const target = row.target as DeviceTargetRequest;
  const { queued = 0, sent = 0, accepted = 0 } = progress;
  return {
    ...{ id, target, progress },
    kind: row.kind as CommandView['kind'],
    level: row.level as CommandView['level'],
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    isOver: queued + sent + accepted === 0,
  };
}

export function runViewOf(row: RunRow): RunView {
  const { deviceId: device, result, faultCode, faultText } = row;
  return {
    ...{ device, result },
    state: row.state as CommandState,
    sentAt: row.sentAt?.toISOString() ?? null,
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    fault: faultCode === null ? null : { code: faultCode, message: faultText ?? '' },
  };
}
