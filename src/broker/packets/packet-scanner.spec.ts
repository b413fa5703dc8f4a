import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectPacket, packet, publishPacket } from '../../../test/support/mqtt/raw-mqtt.js';
import { PacketScanner } from './packet-scanner.js';

const LIMIT = 4096;
const hello = connectPacket({ clientId: 'a', username: 'a', password: 'b' });
const goodbye = packet(0xe0, Buffer.alloc(0));

describe('PacketScanner', () => {
  it('counts packets however the stream is split', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.integer({ min: 1, max: 50 }), (payloads, step) => {
        const packets = payloads.map((body) => publishPacket('t', Buffer.from(body)));
        const stream = Buffer.concat([hello, ...packets, goodbye]);
        const scanner = new PacketScanner();
        for (let at = 0; at < stream.length; at += step) {
          expect(scanner.scan(stream.subarray(at, at + step), LIMIT)).toBeUndefined();
        }
        expect(scanner.packets).toBe(payloads.length + 2);
        expect(scanner.sentDisconnect).toBe(true);
      }),
    );
  });

  it('detects a DISCONNECT', () => {
    const scanner = new PacketScanner();
    scanner.scan(hello, LIMIT);
    expect(scanner.sentDisconnect).toBe(false);
  });

  it('rejects a packet by its header, before its body', () => {
    const scanner = new PacketScanner();
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
    expect(new PacketScanner().scan(bytes, LIMIT)).toContain(problem);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        new PacketScanner().scan(Buffer.concat([hello, bytes]), LIMIT);
      }),
    );
  });
});
