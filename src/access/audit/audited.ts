/** Notes of routes for the audit log, where their answers and descriptions do not suffice. */
import type { IncomingMessage } from 'node:http';

interface AuditNote {
  /** False: the route has answered what it had answered before, and there is nothing to keep. */
  readonly isChange: boolean;
  /** In place of the answer. */
  readonly after?: unknown;
}

const notes = new WeakMap<IncomingMessage, AuditNote>();

export function noteForAudit({ raw }: { readonly raw: IncomingMessage }, note: AuditNote): void {
  notes.set(raw, note);
}

export function auditNoteOf({ raw }: { readonly raw: IncomingMessage }): AuditNote | undefined {
  return notes.get(raw);
}
