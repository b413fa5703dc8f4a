/** MQTT over WebSocket (MQTT 3.1.1, 6): the bytes of the messages as a stream, and the frames charged to the client. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket } from 'ws';
import { FrameCounter } from '../packets/frame-counter.js';
import type { PacketGuard } from '../packets/packet-guard.js';

/** Close code of a WebSocket (RFC 6455, 7.4.1). */
const UNSUPPORTED_DATA = 1003;

/**
 * The bytes of a WebSocket. A paused stream pauses the socket itself: control frames add no bytes to the stream, so its
 * back-pressure never stops them. Calls `refused` for frames that must not be.
 */
export function streamOf(webSocket: WebSocket, refused: (because: string) => void): Duplex {
  webSocket.on('message', (_data, isBinary) => {
    if (isBinary) return;
    // MQTT travels in binary frames only (MQTT-6.0.0-1). The stream ends before its own listener would pass the text on.
    refused('WebSocket text frame');
    webSocket.close(UNSUPPORTED_DATA);
    stream.destroy(new Error('WebSocket frame of text'));
  });
  webSocket.on('error', (error: Error & { readonly code?: string }) => {
    // Malformed or too long; other errors are those of a lost connection.
    if (error.code?.startsWith('WS_ERR_')) refused(`WebSocket frame: ${error.message}`);
  });
  const stream = createWebSocketStream(webSocket);
  const { pause, resume, _read: read } = stream;
  let isHeld = false;
  stream.pause = () => {
    isHeld = true;
    webSocket.pause();
    return pause.call(stream);
  };
  stream.resume = () => {
    isHeld = false;
    webSocket.resume();
    return resume.call(stream);
  };
  // A stream reads ahead although it is paused, and would resume the socket.
  stream._read = (bytes) => {
    if (!isHeld) read.call(stream, bytes);
  };
  return stream;
}

/** Charges the frames that arrive at the socket of a WebSocket, and counts bytes that are still buffered there. */
export function chargeFrames(socket: Socket, guard: PacketGuard): void {
  const frames = new FrameCounter();
  const before = socket.bytesRead;
  // First of all listeners: a client above its rate is paused before its frames are handled.
  socket.prependListener('data', (chunk: Buffer) => {
    const { work } = frames;
    frames.read(chunk);
    guard.charge(frames.work - work, 0);
    // A message is buffered before the guard sees it.
    guard.countUnauthenticatedBytes(socket.bytesRead - before);
  });
}
