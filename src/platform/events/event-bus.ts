/**
 * The typed event bus: carries events from lower folders to higher ones.
 *
 * Emitting is synchronous and never fails: a listener that throws or rejects is logged and counted, and affects no other.
 */

import { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { LimitedLog } from '../rates/limited-log.js';
import type { Events } from './events.js';

type Listener<E extends keyof Events> = (payload: Events[E]) => void | Promise<void>;

export class EventBus {
  /** Listeners that threw or rejected since the start. */
  failedListeners = 0;
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();
  private readonly lines: LimitedLog;

  constructor(log: Log, clock = new Clock()) {
    this.lines = new LimitedLog(log.child({ part: 'events' }), clock);
  }

  /** Adds a listener; returns a function that removes it. */
  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void {
    const ofEvent = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, ofEvent);
    ofEvent.add(listener);
    return () => ofEvent.delete(listener);
  }

  /** Calls every listener, in the order they were added, before it returns; does not wait for their promises. */
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
    this.lines.error({ err: error, event }, 'listener failed', event);
  }
}
