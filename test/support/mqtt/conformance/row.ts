/** A row of the conformance table: what a client does, and what the broker must answer, packet by packet. */
import { expect } from 'vitest';
import type { Broker } from '../../../../src/broker/index.js';
import type { Line } from './line.js';
import { DEVICE, DISCONNECT, HELLO, PINGREQ } from './packets.js';

export interface Stage {
  readonly broker: Broker;
  /** The connection of the row. */
  readonly line: Line;
  /** Another connection of the same kind. */
  open(): Promise<Line>;
}

/** Bytes are sent, a text is the next packet that must come, and a function does anything else. */
export type Step = Buffer | string | ((stage: Stage) => unknown);

export interface Row {
  /** Normative statements of MQTT 3.1.1, such as `3.1.0-1`. */
  readonly of: readonly string[];
  /** Statements that the broker does not follow, on purpose: the row shows what it does instead. */
  readonly notFollowed?: readonly string[];
  readonly what: string;
  /** Whether the device logs in first; true by default. */
  readonly isLoggedIn?: boolean;
  /** One that does not end with `closed` ends with an open connection. */
  readonly script: readonly Step[];
  /** Messages of the device that reach the service, by name; none by default. */
  readonly received?: readonly string[];
  /** The case of the interoperability suite of Eclipse Paho (client_test.py) that states the same. */
  readonly paho?: string;
}

/** Plays a row; the connection is closed at its end. */
export async function play({ script, isLoggedIn = true }: Row, stage: Stage): Promise<void> {
  const { line } = stage;
  const steps: readonly Step[] = isLoggedIn ? [HELLO, 'CONNACK 0 0', ...script] : script;
  for (const step of steps) {
    if (typeof step === 'string') expect(await line.next()).toBe(step);
    else if (typeof step === 'function') await step(stage);
    else line.write(step);
  }
  if (script.at(-1) === 'closed') return;
  // Nothing else was sent, and the connection is open.
  line.write(PINGREQ);
  expect(await line.next()).toBe('PINGRESP');
  line.write(DISCONNECT);
  expect(await line.next()).toBe('closed');
}

/** Looks often, since the broker takes milliseconds, and for long, since machines can be busy. */
export const POLL = { interval: 2, timeout: 10_000 } as const;

/** Waits until the device has no session. */
export async function untilOffline({ broker }: Pick<Stage, 'broker'>): Promise<void> {
  await expect.poll(() => broker.connectionOf(DEVICE), POLL).toBeUndefined();
}

/** Steps of a connection other than that of the row; it is closed at their end. */
export function elsewhere(...script: readonly Step[]): Step {
  return async (stage) => {
    const line = await stage.open();
    await play({ of: [], what: '', isLoggedIn: false, script }, { ...stage, line });
  };
}
