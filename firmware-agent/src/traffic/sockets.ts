/**
 * Every connection of the agent, so that all bytes are counted. TLS runs over a socket of ours: a TLS socket counts only what is
 * inside. Sessions of TLS are resumed (RFC 8446, 2.2), which spares a certificate chain at every connection.
 */
import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { TrafficMeter } from './traffic-meter.js';

/** What decides whether a session may be resumed. */
type TlsContent = { readonly [K in 'ca' | 'cert']?: ConnectionOptions[K] | undefined };

export interface Address {
  readonly host: string;
  readonly port: number;
}

export class AgentSockets {
  private readonly sessions = new Map<string, Buffer>();
  private readonly plain: HttpAgent;
  private readonly secure: HttpsAgent;

  constructor(private readonly meter: TrafficMeter) {
    this.plain = new HttpAgent();
    this.secure = new HttpsAgent();
    const plain = (options: Address): Socket => this.open(options);
    const secure = (options: Address & ConnectionOptions): TLSSocket => this.openTls(options);
    // Both are documented to be overridden; the types of Node have neither.
    Object.assign(this.plain, { createConnection: plain });
    Object.assign(this.secure, { createConnection: secure });
  }

  /** For requests over HTTP, and for WebSockets. */
  agentOf(address: string): HttpAgent {
    return /^(https|wss):/.test(address) ? this.secure : this.plain;
  }

  /** A TCP connection that is counted. */
  open({ host, port }: Address): Socket {
    const socket = connectTcp({ host, port });
    this.meter.watch(socket);
    return socket;
  }

  /** Counts a socket that mqtt.js made. */
  watch(socket: Socket): void {
    this.meter.watch(socket);
  }

  /** What node:tls needs in addition, to connect over a counted socket and to resume the last session. */
  tlsOptions(address: Address, content: TlsContent): ConnectionOptions {
    const session = content.cert ? undefined : this.sessions.get(keyOf(address, content));
    return { socket: this.open(address), ...(session !== undefined && { session }) };
  }

  /** Keeps the sessions of a connection. One with a certificate of the device is never resumed: a new certificate must count. */
  keepSessions(socket: TLSSocket, address: Address, content: TlsContent): void {
    if (content.cert !== undefined) return;
    socket.on('session', (session) => this.sessions.set(keyOf(address, content), session));
  }

  private openTls(options: Address & ConnectionOptions): TLSSocket {
    const { host, port } = options;
    const socket = connectTls({
      ...options,
      ...this.tlsOptions({ host, port }, options),
      ...(isIP(host) === 0 && { servername: options.servername ?? host }),
    });
    this.keepSessions(socket, { host, port }, options);
    return socket;
  }
}

/** Other authorities make another decision: what they do not vouch for is not resumed. */
function keyOf({ host, port }: Address, { ca }: TlsContent): string {
  const authorities = createHash('sha256')
    .update(String(ca ?? ''))
    .digest('hex');
  return `${host}:${port} ${authorities}`;
}
