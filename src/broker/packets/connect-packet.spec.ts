import { describe, expect, it } from 'vitest';
import { connectPacket } from '../../../test/support/mqtt/raw-mqtt.js';
import { connectProblem } from './connect-packet.js';

const LIMIT_S = 1200;
const HEADER_BYTES = 2;
const LEVEL_AT = 6;
const good = { clientId: 'pi', username: 'pi', password: 'x' };
const bodyOf = (packet: Buffer): Buffer => packet.subarray(HEADER_BYTES);

describe('the body of a CONNECT', () => {
  it.each([1, 60, LIMIT_S])('is valid with a keep-alive of %i s', (keepaliveS) => {
    const body = bodyOf(connectPacket({ ...good, keepaliveS }));
    expect(connectProblem(body, LIMIT_S)).toBeUndefined();
  });

  it.each([0, LIMIT_S + 1, 65_535])('is rejected with a keep-alive of %i s, and the range', (s) => {
    const body = bodyOf(connectPacket({ ...good, keepaliveS: s }));
    const because = `keep-alive of ${s} s: 1 to 1200 s are allowed`;
    expect(connectProblem(body, LIMIT_S)).toEqual({ because });
  });

  it.each([0, 3, 5, 255])('has return code 1 for MQTT at level %i', (level) => {
    const body = bodyOf(connectPacket(good));
    body.writeUInt8(level, LEVEL_AT);
    expect(connectProblem(body, LIMIT_S)?.returnCode).toBe(1);
  });

  it('is rejected without a return code wherever it ends early, and with a byte more', () => {
    const will = { topic: 'a', payload: Buffer.from('b') };
    const body = bodyOf(connectPacket({ ...good, will }));
    expect(connectProblem(body, LIMIT_S)).toBeUndefined();
    for (let length = 0; length < body.length; length++) {
      const problem = connectProblem(body.subarray(0, length), LIMIT_S);
      expect(problem).toEqual({ because: expect.stringContaining('CONNECT ends within') });
    }
    const longer = Buffer.concat([body, Buffer.from([0])]);
    expect(connectProblem(longer, LIMIT_S)).toEqual({
      because: '1 bytes behind the payload of the CONNECT',
    });
  });
});
