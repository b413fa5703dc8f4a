/** The port of MQTT over TLS. A handshake that drips is ended, and a new certificate is taken up without closing the door. */
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { type Certificates, type Config, certifiedDevice } from '../platform/index.js';
import type { MqttServer } from './mqtt-server.js';
import type { TroubleLog } from './trouble-log.js';

const TCP_KEEPALIVE_MS = 60_000;
const HANDSHAKE_MS = 8000;

export class TlsDoor {
  private readonly server: Server;

  constructor(
    certificates: Certificates,
    private readonly config: Config,
    mqtt: MqttServer,
    private readonly trouble: TroubleLog,
  ) {
    this.server = createServer({
      ...certificates.settings,
      // A client without a certificate is let in: it has its secret.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      ...{ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS },
    });
    this.server.maxConnections = config.maxConnections;
    this.server.on('secureConnection', (socket) =>
      mqtt.accept(socket, addressOf(socket), certifiedDevice(socket)),
    );
    this.server.on('tlsClientError', (error, socket) => this.failed(error, addressOf(socket)));
    certificates.renewOn(this.server);
  }

  /** The port in use, 0 before it is open. */
  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.config.mqttsPort, this.config.host, resolve);
    });
    this.server.on('error', (error) => this.failed(error, 'unknown'));
  }

  /** Takes no further connections; those there are stay. */
  close(): void {
    this.server.close();
  }

  private failed(error: Error, address: string): void {
    this.trouble.report('connectionRefused', { address }, `TLS: ${error.message}`);
  }
}

function addressOf(socket: TLSSocket): string {
  return socket.remoteAddress ?? 'unknown';
}
