/** The port of MQTT over TLS. Slow handshakes are closed; a new certificate is loaded without closing the port. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import {
  type Certificates,
  type Config,
  certifiedDevice,
  listenFault,
  remoteAddressOf,
} from '../../platform/index.js';
import type { MqttServer } from '../hooks/mqtt-server.js';
import type { ConnectionLimiter } from '../limits/connection-limiter.js';
import type { IncidentLog } from '../limits/incident-log.js';

const TCP_KEEPALIVE_MS = 60_000;
/** Handshakes are the most expensive request before authentication: the limiter admits a socket before its handshake. */
const BACKLOG = 4096;

export class TlsListener {
  /** Accepts sockets; a handshake begins when the limiter admits its socket. */
  private readonly tcp: Server;
  private readonly handshakes: TlsServer;

  constructor(
    certificates: Certificates,
    private readonly config: Config,
    mqtt: MqttServer,
    limiter: ConnectionLimiter,
    private readonly incidents: IncidentLog,
  ) {
    this.handshakes = createTlsServer({
      ...certificates.settings,
      // A client without a certificate authenticates by its secret.
      rejectUnauthorized: false,
      handshakeTimeout: config.connectTimeoutMs,
    });
    this.handshakes.on('secureConnection', (socket) =>
      mqtt.accept(socket, remoteAddressOf(socket), certifiedDevice(socket)),
    );
    // Node reports a failed or timed-out handshake, and leaves the socket open.
    this.handshakes.on('tlsClientError', (error, socket) => {
      this.failed(error, remoteAddressOf(socket));
      socket.destroy();
    });
    certificates.renewOn(this.handshakes);
    this.tcp = createServer({
      ...{ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS },
      pauseOnConnect: true,
    });
    this.tcp.on('connection', (socket) =>
      limiter.admit(socket, remoteAddressOf(socket), () =>
        this.handshakes.emit('connection', socket),
      ),
    );
  }

  /** The port in use, 0 before it is open. */
  get port(): number {
    return (this.tcp.address() as AddressInfo | null)?.port ?? 0;
  }

  async open(): Promise<void> {
    const { mqttsPort: port, host } = this.config;
    await new Promise<void>((resolve, reject) => {
      this.tcp.once('error', (error) =>
        reject(listenFault(error, { setting: 'FLOTILLA_MQTTS_PORT', host, port })),
      );
      this.tcp.listen({ port, host, backlog: BACKLOG }, resolve);
    });
    this.tcp.on('error', (error) =>
      this.incidents.report('connectionRefused', { err: error }, 'MQTT over TLS: port failed'),
    );
  }

  /** Accepts no further connections; existing ones stay. */
  close(): void {
    this.tcp.close();
  }

  private failed(error: Error, address: string): void {
    this.incidents.report('tlsRefused', { address }, `TLS: ${error.message}`);
  }
}
