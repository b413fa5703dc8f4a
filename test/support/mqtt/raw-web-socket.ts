/** WebSocket by hand (RFC 6455), for frames that a well-behaved client does not send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A final frame; a client has to mask its own. */
export function webSocketFrame(opcode: number, payload: Buffer, isMasked = true): Buffer {
  const { length } = payload;
  const mask = isMasked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, mask | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, mask | 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, mask | 127]), lengthOf64Bits(length)]);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), payload]);
}

function lengthOf64Bits(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

/** A WebSocket at a path of the service, as its bare socket. */
export async function rawWebSocket(url: string, path = '/mqtt'): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: ${hostname}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol: mqtt',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(answer.toString());
  if (!/\r\nsec-websocket-protocol: mqtt\r\n/i.test(answer.toString('latin1'))) {
    throw new Error(`not MQTT (MQTT-6.0.0-4): ${answer.toString()}`);
  }
  return socket;
}
