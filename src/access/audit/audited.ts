/** What a route tells the audit log of itself, where its answer and the description of what it is about do not tell it well. */
import type { IncomingMessage } from 'node:http';

interface Told {
  /** False: the route has answered what it had answered before, and there is nothing to keep. */
  readonly isChange: boolean;
  /** In place of the answer. */
  readonly after?: unknown;
}

const told = new WeakMap<IncomingMessage, Told>();

/** Notes what there is to tell of a request. */
export function tellAudit({ raw }: { readonly raw: IncomingMessage }, what: Told): void {
  told.set(raw, what);
}

/** What a request has told; undefined: nothing out of the ordinary. */
export function toldOf({ raw }: { readonly raw: IncomingMessage }): Told | undefined {
  return told.get(raw);
}
