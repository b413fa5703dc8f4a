/** The private parts of Aedes and mqtt-packet that a lean client is without; another version may have others. */
import { type Duplex, duplexPair, Stream } from 'node:stream';
import { Aedes, type Client, type Subscription } from 'aedes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectPacket, filtersPacket } from '../../../test/support/mqtt/raw-mqtt.js';
import { ForgetfulPersistence, SilentEmitter } from './aedes-parts.js';
import { leanClient, leanSubscriptions } from './lean-client.js';

interface Parts {
  readonly _parser: { readonly _list: object };
  readonly subscriptions: Readonly<Record<string, { readonly qos: number }>>;
}
const partsOf = (client: Client) => client as unknown as Parts;

let aedes: Aedes;
/** Ids of the clients that ended. */
let ended: string[];

beforeEach(async () => {
  const parts = { mq: new SilentEmitter(), persistence: new ForgetfulPersistence() };
  aedes = await Aedes.createBroker(parts as object);
  aedes.on('subscribe', (added: Subscription[], client: Client) =>
    leanSubscriptions(client, added),
  );
  const ids: string[] = [];
  ended = ids;
  aedes.on('clientDisconnect', ({ id }) => ids.push(id));
});
afterEach(async () => {
  await new Promise<void>((resolve) => aedes.close(resolve));
});

/** A client, the broker's end of its connection and its own, and the bytes that it got. */
function connected(): { client: Client; inner: Duplex; outer: Duplex; got: number[] } {
  const [inner, outer] = duplexPair();
  const client = aedes.handle(inner as never);
  leanClient(client, inner);
  const got: number[] = [];
  outer.on('data', (bytes: Buffer) => got.push(...bytes));
  return { client, inner, outer, got };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Sends bytes one by one. */
async function drip(stream: Duplex, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    stream.write(Uint8Array.of(byte));
    await turn();
  }
}

describe('a lean client', () => {
  it('keeps the bytes of half packets without a stream, and reads packets that come in pieces', async () => {
    const { client, outer, got } = connected();
    expect(partsOf(client)._parser._list).not.toBeInstanceOf(Stream);
    await drip(outer, connectPacket({ clientId: 'pi' }));
    await drip(outer, filtersPacket('subscribe', ['a/b', 'c']));
    while (got.length < 10) await turn();
    // CONNACK (MQTT 3.1.1, 3.2), then SUBACK with a return code for each filter (3.9).
    expect(got.slice(0, 4)).toEqual([0x20, 2, 0, 0]);
    expect(got.slice(4, 6)).toEqual([0x90, 4]);
  });

  it('shares what is kept of subscriptions with other clients, by QoS, and can unsubscribe', async () => {
    const kept = [];
    for (const clientId of ['one', 'two']) {
      const { client, outer, got } = connected();
      outer.write(connectPacket({ clientId }));
      outer.write(filtersPacket('subscribe', ['a', 'b']));
      while (got.length < 10) await turn();
      const { subscriptions } = partsOf(client);
      kept.push(subscriptions.a, subscriptions.b);
      outer.write(filtersPacket('unsubscribe', ['a']));
      while (got.length < 14) await turn();
      expect(Object.keys(subscriptions)).toEqual(['b']);
    }
    expect(kept[0]).toMatchObject({ qos: expect.any(Number) });
    expect(new Set(kept).size).toBe(1);
  });

  it('watches its connection once, and ends with it', async () => {
    const { client, inner, outer, got } = connected();
    expect(inner.listenerCount('finish')).toBe(0);
    outer.write(connectPacket({ clientId: 'pi' }));
    while (got.length < 4) await turn();
    inner.destroy();
    while (ended.length === 0) await turn();
    for (let i = 0; i < 10; i++) await turn();
    expect([client.closed, ended]).toEqual([true, ['pi']]);
  });
});
