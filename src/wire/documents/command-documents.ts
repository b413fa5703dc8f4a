/** JSON payloads of commands: what a device is told to do once, and what became of it. */
import { z } from 'zod';
import { isoTime, ms, text, v } from '../fields.js';

export const agentLogLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type AgentLogLevel = (typeof agentLogLevels)[number];

const id = z.string().regex(/^[0-9a-f]{16}$/, 'is 16 lower-case hex digits');
const common = {
  v,
  id,
  /** How much time is left to begin with it, as it was sent: the two clocks need not agree. */
  expiresInMs: ms,
};

/** ping: answer. reprofile: time all blocks of the model anew. restart: end in order and begin anew. logLevel: log this and above. */
export const command = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('ping') }),
  z.object({ ...common, kind: z.literal('reprofile') }),
  z.object({ ...common, kind: z.literal('restart') }),
  z.object({ ...common, kind: z.literal('logLevel'), level: z.enum(agentLogLevels) }),
]);
export type Command = z.infer<typeof command>;
export const commandKinds = ['ping', 'reprofile', 'restart', 'logLevel'] as const;
export type CommandKind = (typeof commandKinds)[number];

/** Said when a device begins with a command, and when it is through; said again when the command comes again. */
export const commandReport = z.object({
  v,
  id,
  at: isoTime,
  state: z.enum(['accepted', 'done', 'failed']),
  /** What a command that is done has to tell, in one sentence. */
  result: text.optional(),
  fault: z.object({ code: z.string().max(64), message: text }).optional(),
});
export type CommandReport = z.infer<typeof commandReport>;
