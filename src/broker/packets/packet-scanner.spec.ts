import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectPacket,
  filtersPacket,
  packet,
  publishPacket,
} from '../../../test/support/mqtt/raw-mqtt.js';
import { PacketScanner } from './packet-scanner.js';

const LIMIT = 4096;
const RULES = { filtersPerPacket: 8, filterPacketBytes: 1024, keepAliveLimitS: 1200 };
const hello = connectPacket({ clientId: 'a', username: 'a', password: 'b' });
const goodbye = packet(0xe0, Buffer.alloc(0));
const newScanner = () => new PacketScanner(RULES);

describe('PacketScanner', () => {
  it('counts packets however the stream is split', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.integer({ min: 1, max: 50 }), (payloads, step) => {
        const packets = payloads.map((body) => publishPacket('t', Buffer.from(body)));
        const stream = Buffer.concat([hello, ...packets, goodbye]);
        const scanner = newScanner();
        for (let at = 0; at < stream.length; at += step) {
          expect(scanner.scan(stream.subarray(at, at + step), LIMIT)).toBeUndefined();
        }
        expect(scanner.packets).toBe(payloads.length + 2);
        expect(scanner.work).toBe(payloads.length + 2);
        expect(scanner.sentDisconnect).toBe(true);
      }),
    );
  });

  it('charges every topic filter like a packet, however the stream is split', () => {
    const filter = fc.string({
      unit: fc.constantFrom('a', '/', 'é', '$'),
      minLength: 1,
      maxLength: 30,
    });
    const filters = fc.array(filter, { minLength: 1, maxLength: 8 });
    const requests = fc.array(
      fc.record({ act: fc.constantFrom('subscribe', 'unsubscribe', 'publish'), filters }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 50 }), (sent, step) => {
        const packets = sent.map(({ act, filters: texts }) =>
          act === 'publish'
            ? publishPacket('t', Buffer.from(texts.join()))
            : filtersPacket(act as 'subscribe', texts),
        );
        const stream = Buffer.concat([hello, ...packets]);
        const scanner = newScanner();
        for (let at = 0; at < stream.length; at += step) {
          expect(scanner.scan(stream.subarray(at, at + step), LIMIT)).toBeUndefined();
        }
        const filtersSent = sent
          .filter(({ act }) => act !== 'publish')
          .reduce((sum, { filters: { length } }) => sum + length, 0);
        expect(scanner.packets).toBe(sent.length + 1);
        expect(scanner.work).toBe(sent.length + 1 + filtersSent);
      }),
      { numRuns: 50 },
    );
  });

  it.each(['subscribe', 'unsubscribe'] as const)(
    'rejects %s with too many filters, and with too many bytes at its header',
    (act) => {
      const scanner = newScanner();
      scanner.scan(hello, LIMIT);
      const nine = filtersPacket(act, Array(9).fill('a'));
      const lastFilterBytes = act === 'subscribe' ? 4 : 3;
      expect(scanner.scan(nine.subarray(0, -lastFilterBytes), LIMIT)).toBeUndefined();
      expect(scanner.scan(nine.subarray(-lastFilterBytes), LIMIT)).toContain('more than 8 topic');
      const long = filtersPacket(act, ['a'.repeat(1024)]);
      const other = newScanner();
      other.scan(hello, LIMIT);
      expect(other.scan(long.subarray(0, 3), LIMIT)).toContain('above the limit of 1024');
    },
  );

  it('ends at a DISCONNECT: what follows is not read', () => {
    const scanner = newScanner();
    scanner.scan(hello, LIMIT);
    expect(scanner.sentDisconnect).toBe(false);
    const garbage = Buffer.from([0, 1, 2]);
    const last = publishPacket('t', Buffer.from('x'));
    expect(scanner.scan(Buffer.concat([last, goodbye, garbage]), LIMIT)).toBeUndefined();
    expect(scanner.sentDisconnect).toBe(true);
    expect(scanner.usedBytes).toBe(last.length + goodbye.length);
    expect(scanner.scan(garbage, LIMIT)).toBeUndefined();
    expect(scanner.usedBytes).toBe(0);
  });

  it('rejects a packet by its header, before its body', () => {
    const scanner = newScanner();
    scanner.scan(hello, LIMIT);
    const large = publishPacket('t', Buffer.alloc(LIMIT));
    expect(scanner.scan(large.subarray(0, 2), LIMIT)).toBeUndefined();
    expect(scanner.scan(large.subarray(2, 3), LIMIT)).toContain('above the limit of 4096');
  });

  it.each([
    ['something other than CONNECT', Buffer.from([0x30, 0]), 'first packet is not a CONNECT'],
    ['a second CONNECT', Buffer.concat([hello, hello]), 'second CONNECT'],
    ['type 0', Buffer.concat([hello, Buffer.from([0, 0])]), 'packet type 0 does not exist'],
    ['type 15', Buffer.concat([hello, Buffer.from([0xf0, 0])]), 'packet type 15 does not exist'],
    ['a packet for servers', Buffer.concat([hello, Buffer.from([0xd0, 0])]), 'is for servers'],
    ['flags of a PINGREQ', Buffer.concat([hello, Buffer.from([0xc1, 0])]), 'with the flags 1'],
    ['a body of a PINGREQ', Buffer.concat([hello, Buffer.from([0xc0, 1, 0])]), 'instead of 0'],
    ['DUP at QoS 0', Buffer.concat([hello, Buffer.from([0x38])]), 'DUP flag at QoS 0'],
    ['a PUBLISH of QoS 3', Buffer.concat([hello, Buffer.from([0x36])]), 'QoS 3'],
    [
      'identifier 0',
      Buffer.concat([hello, publishPacket('t', Buffer.from('x'), 0)]),
      'identifier 0',
    ],
    [
      'no identifier',
      Buffer.concat([hello, Buffer.from([0x32, 3, 0, 1, 97])]),
      'ends within its head',
    ],
    [
      'no topic filter',
      Buffer.concat([hello, filtersPacket('unsubscribe', [])]),
      'without a topic filter',
    ],
    [
      'an empty filter',
      Buffer.concat([hello, filtersPacket('subscribe', [''])]),
      'empty topic filter',
    ],
    [
      'half a wildcard',
      Buffer.concat([hello, filtersPacket('subscribe', ['a+'])]),
      'wildcard within',
    ],
    ['an endless length', Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0]), 'more than four bytes'],
  ])('rejects %s', (_, bytes, problem) => {
    expect(newScanner().scan(bytes, LIMIT)).toContain(problem);
  });

  it('accepts every packet that a client may send, however the stream is split', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '-', '/', 'é', '😀', '\uFEFF'),
      minLength: 1,
    });
    const connect = fc.record({
      clientId: fc.oneof(text, fc.constant('')),
      username: text,
      password: text,
      keepaliveS: fc.integer({ min: 1, max: 1200 }),
      clean: fc.boolean(),
      will: fc.record({
        topic: text,
        payload: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        qos: fc.integer({ min: 0, max: 2 }),
        retain: fc.boolean(),
      }),
    });
    const identifier = fc.integer({ min: 1, max: 65_535 });
    const acknowledgement = fc
      .tuple(fc.constantFrom(0x40, 0x50, 0x62, 0x70), identifier)
      .map(([first, id]) => packet(first, Buffer.from([id >> 8, id & 0xff])));
    const publish = fc
      .record({ topic: text, payload: fc.uint8Array({ maxLength: 300 }), identifier })
      .map((sent) => publishPacket(sent.topic, Buffer.from(sent.payload), sent.identifier));
    const wildcards = fc.constantFrom('#', '+', '+/+', 'a/#', '/', '+/a/#', 'a/+');
    const subscribe = fc
      .array(fc.oneof(text, wildcards), { minLength: 1, maxLength: 8 })
      .map((filters) => filtersPacket('subscribe', filters));
    const ping = fc.constant(packet(0xc0, Buffer.alloc(0)));
    const packets = fc.array(fc.oneof(acknowledgement, publish, subscribe, ping), { maxLength: 8 });
    fc.assert(
      fc.property(connect, packets, fc.integer({ min: 1, max: 60 }), (first, more, step) => {
        const scanner = newScanner();
        const stream = Buffer.concat([connectPacket(first), ...more, goodbye]);
        for (let at = 0; at < stream.length; at += step) {
          expect(scanner.scan(stream.subarray(at, at + step), LIMIT)).toBeUndefined();
        }
        expect(scanner.packets).toBe(more.length + 2);
      }),
    );
  });

  it('survives any bytes, and finds the same problem however the stream is split', () => {
    const heads = fc.constantFrom(0x10, 0x30, 0x32, 0x34, 0x40, 0x62, 0x82, 0xa2, 0xc0, 0xe0);
    const body = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    const framed = fc.tuple(heads, body).map(([head, bytes]) => packet(head, bytes));
    const bytes = fc.uint8Array({ maxLength: 200 }).map((any) => Buffer.from(any));
    const streams = fc.oneof(bytes, fc.array(framed, { maxLength: 6 }).map(Buffer.concat));
    fc.assert(
      fc.property(streams, fc.boolean(), fc.integer({ min: 1, max: 9 }), (any, isIn, step) => {
        const stream = isIn ? Buffer.concat([hello, any]) : any;
        const whole = newScanner().scan(stream, LIMIT);
        const scanner = newScanner();
        let problem: string | undefined;
        for (let at = 0; at < stream.length && problem === undefined; at += step) {
          problem = scanner.scan(stream.subarray(at, at + step), LIMIT);
        }
        expect(problem).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });
});
