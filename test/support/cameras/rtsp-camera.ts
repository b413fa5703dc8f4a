/**
 * A camera that speaks RTSP 1.0 (RFC 2326) with digest authentication (RFC 2617), and sends H.264 (RFC 6184) over the same TCP
 * connection. It can hang, leave and come back, as cameras do.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { H264Film } from './h264-film.js';

const CLOCK_HZ = 90_000;
const PAYLOAD_TYPE = 96;
const REALM = 'camera';
const NONCE = '7c4f2a';
const [USER, PASSWORD] = ['watcher', 'p@ss:w/rd-42'];
const PATH = '/live/7Hk2tokenQ9';

interface Session {
  readonly socket: Socket;
  timer?: NodeJS.Timeout;
}

export class RtspCamera {
  /** How often a client was sent pictures from their beginning. */
  plays = 0;
  /** How often a client was refused for its password. */
  refusals = 0;
  /** Sends nothing, and answers nothing, though it accepts connections. */
  isHung = false;
  /** As clients name it; a test may give another one. */
  password = PASSWORD;
  private readonly sessions = new Set<Session>();
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly film: H264Film) {}

  static async start(film: H264Film): Promise<RtspCamera> {
    const camera = new RtspCamera(film);
    await camera.arrive();
    return camera;
  }

  /** Address with credentials, percent-encoded. */
  get url(): string {
    return `rtsp://${USER}:${encodeURIComponent(PASSWORD)}@${this.host}${PATH}`;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Words that only the owner of the camera may read: also as they stand in an address. */
  get secrets(): string[] {
    return [PASSWORD, encodeURIComponent(PASSWORD), PATH, PATH.slice(6), `${USER}:`];
  }

  /** Is there, at the port that it had before. */
  async arrive(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.serve(socket));
    await once(server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Is switched off in order: no port, and each connection is closed. */
  async leave(): Promise<void> {
    for (const { socket } of this.sessions) socket.destroy();
    await this.closePort();
  }

  /** Loses its power: no port, and its connections stay open at the other end. */
  async losePower(): Promise<void> {
    for (const { timer } of this.sessions) clearInterval(timer);
    await this.closePort();
  }

  /** A server is only closed with its last connection: it is not waited for. */
  private async closePort(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.close();
  }

  private serve(socket: Socket): void {
    const session: Session = { socket };
    this.sessions.add(session);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(session.timer);
      this.sessions.delete(session);
    });
    let text = '';
    socket.on('data', (piece) => {
      if (this.isHung) return;
      text += piece.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        this.answer(session, text.slice(0, end));
        text = text.slice(end + 4);
      }
    });
  }

  private answer(session: Session, request: string): void {
    const [method = '', uri = ''] = request.split(' ');
    const header = (name: string) =>
      new RegExp(`^${name}: *(.*)$`, 'im').exec(request)?.[1]?.trim() ?? '';
    const reply = (status: string, headers: readonly string[] = [], body = '') => {
      const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
      const lines = [`RTSP/1.0 ${status}`, `CSeq: ${header('CSeq')}`, ...headers, ...length];
      session.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    };
    if (method === 'OPTIONS') {
      reply('200 OK', ['Public: DESCRIBE, SETUP, PLAY, TEARDOWN']);
    } else if (!this.isAllowed(method, header('Authorization'))) {
      this.refusals += 1;
      const challenge = `Digest realm="${REALM}", nonce="${NONCE}"`;
      reply('401 Unauthorized', [`WWW-Authenticate: ${challenge}`]);
    } else if (!uri.includes(PATH)) {
      reply('404 Not Found');
    } else if (method === 'DESCRIBE') {
      reply('200 OK', ['Content-Type: application/sdp'], this.description());
    } else if (method === 'SETUP' && !header('Transport').includes('TCP')) {
      reply('461 Unsupported Transport');
    } else if (method === 'SETUP') {
      reply('200 OK', ['Session: 1', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
    } else {
      reply('200 OK', ['Session: 1']);
      if (method === 'PLAY') this.play(session);
    }
  }

  /** RFC 2617, 3.2.2: without qop. */
  private isAllowed(method: string, authorization: string): boolean {
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(authorization)?.[1] ?? '';
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const who = md5(`${USER}:${REALM}:${this.password}`);
    return field('response') === md5(`${who}:${NONCE}:${md5(`${method}:${field('uri')}`)}`);
  }

  /** RFC 8866, with the format of RFC 6184, 8.2.1. */
  private description(): string {
    const sets = [this.film.sps, this.film.pps].map((set) => set.toString('base64')).join(',');
    return [
      ...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=camera', 'c=IN IP4 0.0.0.0', 't=0 0'],
      `m=video 0 RTP/AVP ${PAYLOAD_TYPE}`,
      `a=rtpmap:${PAYLOAD_TYPE} H264/${CLOCK_HZ}`,
      `a=fmtp:${PAYLOAD_TYPE} packetization-mode=1;sprop-parameter-sets=${sets}`,
      'a=control:track0\r\n',
    ].join('\r\n');
  }

  private play(session: Session): void {
    const { fps, pictures } = this.film;
    this.plays += 1;
    let [shown, sequence] = [0, 0];
    session.timer = setInterval(() => {
      if (this.isHung) return;
      const units = pictures[shown % pictures.length] ?? [];
      for (const [i, unit] of units.entries()) {
        const isLast = i === units.length - 1;
        session.socket.write(packet(unit, isLast, sequence++, (shown * CLOCK_HZ) / fps));
      }
      shown += 1;
    }, 1000 / fps);
  }
}

/** RTP (RFC 3550, 5.1) within RTSP (RFC 2326, 10.12). */
function packet(unit: Buffer, isLast: boolean, sequence: number, time: number): Buffer {
  const head = Buffer.alloc(16);
  head.write('$');
  head.writeUInt16BE(12 + unit.length, 2);
  head[4] = 0x80;
  head[5] = PAYLOAD_TYPE | (isLast ? 0x80 : 0);
  head.writeUInt16BE(sequence % 2 ** 16, 6);
  head.writeUInt32BE(time % 2 ** 32, 8);
  head.writeUInt32BE(1, 12);
  return Buffer.concat([head, unit]);
}
