/** JSON payloads of commands and their reports. */
import { z } from 'zod';
import { checkFault, isoTime, reportedFault, text, v } from '../fields.js';
import { numberIn, ranges } from '../ranges.js';

export const agentLogLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type AgentLogLevel = (typeof agentLogLevels)[number];

const id = z.string().regex(/^[0-9a-f]{16}$/, 'is not 16 lower-case hex digits');
const common = {
  v,
  id,
  /** Time left to start it when it was sent: the two clocks may differ. */
  expiresInMs: numberIn(ranges.expiryMs, 'clamped'),
};

/** ping: answer. reprofile: measure all blocks of the model again. restart: stop cleanly and start again. logLevel: log this level and above. */
export const command = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('ping') }),
  z.object({ ...common, kind: z.literal('reprofile') }),
  z.object({ ...common, kind: z.literal('restart') }),
  z.object({ ...common, kind: z.literal('logLevel'), level: z.enum(agentLogLevels) }),
]);
export type Command = z.infer<typeof command>;
export const commandKinds = ['ping', 'reprofile', 'restart', 'logLevel'] as const;
export type CommandKind = (typeof commandKinds)[number];

/** Sent when a device starts a command and when it ends; repeated when the command is repeated. */
export const commandReport = z
  .object({
    v,
    id,
    at: isoTime,
    state: z.enum(['accepted', 'done', 'failed']),
    /** The outcome of a finished command, in one sentence. */
    result: text.optional(),
    fault: reportedFault.optional(),
  })
  .superRefine((report, context) => {
    checkFault(report, context);
    if (report.state === 'accepted' && report.result !== undefined) {
      context.addIssue({ code: 'custom', path: ['result'], message: 'comes when it has ended' });
    }
  });
export type CommandReport = z.infer<typeof commandReport>;
