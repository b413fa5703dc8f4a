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
const FILTERS = { filtersPerPacket: 8, filterPacketBytes: 1024 };
const hello = connectPacket({ clientId: 'a', username: 'a', password: 'b' });
const goodbye = packet(0xe0, Buffer.alloc(0));
const newScanner = () => new PacketScanner(FILTERS);

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
    const filters = fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 8 });
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
    'rejects %s with too many filters at the first that is too many, and with too many bytes at its header',
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

  it('detects a DISCONNECT', () => {
    const scanner = newScanner();
    scanner.scan(hello, LIMIT);
    expect(scanner.sentDisconnect).toBe(false);
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
    ['an endless length', Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0]), 'more than four bytes'],
  ])('rejects %s', (_, bytes, problem) => {
    expect(newScanner().scan(bytes, LIMIT)).toContain(problem);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        newScanner().scan(Buffer.concat([hello, bytes]), LIMIT);
      }),
    );
  });
});
