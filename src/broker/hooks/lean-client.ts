/**
 * Takes from a client of Aedes what an idle device never needs, about 3 KB of each. A fleet is mostly idle devices.
 *
 * These are private parts of Aedes 1.2.0 and of its parser, mqtt-packet; `lean-client.spec.ts` fails where another version differs.
 * A part that is not as expected stays as it is: then a connection only takes more memory.
 */
import type { Duplex } from 'node:stream';
import type { Client, Subscription } from 'aedes';

/** The bytes of incomplete packets. Its class is a Duplex stream, which has the same list without a stream as a static part. */
interface ByteList {
  readonly length: number;
  readonly constructor: { readonly BufferList?: new () => ByteList };
}

/** What Aedes keeps of a subscription (its class `Subscription`). */
interface KeptSubscription {
  readonly qos: number;
  readonly func: unknown;
  readonly rh?: unknown;
  readonly rap?: unknown;
  readonly nl?: unknown;
}

interface Parts {
  readonly _parser: { _list: ByteList };
  readonly subscriptions: Record<string, KeptSubscription | undefined>;
  /** Ends the watch over both ends of the stream (`finished` of node:stream), which holds six listeners. */
  _eos: () => void;
}

const nothing = (): void => undefined;

/** Subscriptions of every QoS. Nothing is sent by their function: messages to devices bypass the emitter of Aedes. */
const SHARED: readonly KeptSubscription[] = [0, 1, 2].map((qos) => ({
  ...{ qos, func: nothing },
  ...{ rh: undefined, rap: undefined, nl: undefined },
}));

/** Call it once for a new client, before its first packet. The client ends with its connection, as before. */
export function leanClient(client: Client, connection: Duplex): void {
  const parts = client as unknown as Parts;
  const { _parser: parser } = parts;
  const { BufferList } = parser._list.constructor;
  if (BufferList !== undefined && parser._list.length === 0) parser._list = new BufferList();
  parts._eos();
  parts._eos = nothing;
  connection.on('close', () => client.close());
}

/** Call it when subscriptions were added: equal ones of all devices are one object. Those with options of MQTT 5 stay. */
export function leanSubscriptions(client: Client, added: readonly Subscription[]): void {
  const { subscriptions } = client as unknown as Parts;
  for (const { topic } of added) {
    const kept = subscriptions[topic];
    if (kept === undefined || (kept.rh ?? kept.rap ?? kept.nl) !== undefined) continue;
    const shared = SHARED[kept.qos];
    if (shared !== undefined) subscriptions[topic] = shared;
  }
}
