/**
 * The typed event bus: news goes up by it, from the folders below to those above.
 *
 * Emitting is synchronous and never fails: a listener that throws or rejects is logged and counted, and harms nobody.
 */

import type { Log } from '../log.js';
import type { Events } from './events.js';

type Listener<E extends keyof Events> = (payload: Events[E]) => void | Promise<void>;

export class EventBus {
  /** Listeners that threw or rejected since the start. */
  failedListeners = 0;
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log.child({ part: 'events' });
  }

  /** Calls the listener at every such event from now on; the answer takes it off again. */
  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void {
    const ofEvent = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, ofEvent);
    ofEvent.add(listener);
    return () => ofEvent.delete(listener);
  }

  /** Calls every listener, in the order they came, before it returns; what they do later is not waited for. */
  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    const ofEvent = this.listeners.get(event) as ReadonlySet<Listener<E>> | undefined;
    for (const listener of ofEvent ?? []) this.call(event, listener, payload);
  }

  private call<E extends keyof Events>(event: E, listener: Listener<E>, payload: Events[E]): void {
    try {
      const pending = listener(payload);
      if (pending instanceof Promise) pending.catch((error: unknown) => this.failed(event, error));
    } catch (error) {
      this.failed(event, error);
    }
  }

  private failed(event: keyof Events, error: unknown): void {
    this.failedListeners += 1;
    this.log.error({ err: error, event }, 'a listener failed');
  }
}
