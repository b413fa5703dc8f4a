/** Listeners of MQTT: TCP ports, with and without TLS, and WebSocket at /mqtt on the HTTP server; all use the same guard. */
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer } from 'ws';
import {
  Certificates,
  Config,
  certifiedDevice,
  HttpSockets,
  Log,
  listenFault,
  PipelinedRequests,
  remoteAddressOf,
} from '../../platform/index.js';
import { MqttServer } from '../hooks/mqtt-server.js';
import { ConnectionLimiter } from '../limits/connection-limiter.js';
import { IncidentLog } from '../limits/incident-log.js';
import { TlsListener } from './tls-listener.js';
import { chargeFrames, streamOf } from './web-socket-stream.js';

const TCP_KEEPALIVE_MS = 60_000;
/** Connections the system may queue until they are accepted; a fleet that reconnects exceeds the default 511. */
const BACKLOG = 4096;
export const WEBSOCKET_PATH = '/mqtt';
const SUBPROTOCOL = 'mqtt';

@Injectable()
export class Listeners implements OnApplicationBootstrap {
  private readonly tcp = createServer({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEPALIVE_MS,
    pauseOnConnect: true,
  });
  private readonly tls: TlsListener | undefined;
  private readonly webSockets: WebSocketServer;
  private readonly log: Log;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(MqttServer) private readonly server: MqttServer,
    @Inject(ConnectionLimiter) private readonly limiter: ConnectionLimiter,
    @Inject(HttpAdapterHost) private readonly http: HttpAdapterHost,
    @Inject(HttpSockets) private readonly httpSockets: HttpSockets,
    @Inject(PipelinedRequests) private readonly pipelined: PipelinedRequests,
    @Inject(Certificates) certificates: Certificates,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'broker' });
    if (certificates.settings !== undefined) {
      this.tls = new TlsListener(certificates, config, server, limiter, incidents);
    }
    this.webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: config.packetLimitBytes,
      handleProtocols: () => SUBPROTOCOL,
    });
    // Without the key or the version of RFC 6455, 4.2.1.
    this.webSockets.on('wsClientError', (error, socket) =>
      this.reject(socket, '400 Bad Request', error.message, remoteAddressOf(socket as Socket)),
    );
  }

  /** The TCP port in use, 0 before it is open, and where only TLS is served. */
  get port(): number {
    return (this.tcp.address() as AddressInfo | null)?.port ?? 0;
  }

  /** The port of MQTT over TLS, 0 where there is none. */
  get tlsPort(): number {
    return this.tls?.port ?? 0;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.tls?.open();
    if (this.tls === undefined || this.config.tlsRequired === 'no') await this.openTcp();
    const http: HttpServer | undefined = this.http.httpAdapter?.getHttpServer();
    http?.on('upgrade', (request, socket, head) => this.upgrade(request, socket as Socket, head));
    const ports = { port: this.port, tlsPort: this.tlsPort };
    this.log.info({ ...ports, webSocket: WEBSOCKET_PATH }, 'listening for MQTT');
  }

  /** Accepts no further connections; existing ones stay. */
  close(): void {
    this.tcp.close();
    this.tls?.close();
    this.webSockets.close();
    this.limiter.close();
  }

  counts(): Readonly<Record<string, number>> {
    return this.limiter.counts();
  }

  private async openTcp(): Promise<void> {
    this.tcp.on('connection', (socket) => {
      const address = remoteAddressOf(socket);
      this.limiter.admit(socket, address, () => this.server.accept(socket, address));
    });
    const { mqttPort: port, host } = this.config;
    await new Promise<void>((resolve, reject) => {
      this.tcp.once('error', (error) =>
        reject(listenFault(error, { setting: 'FLOTILLA_MQTT_PORT', host, port })),
      );
      this.tcp.listen({ port, host, backlog: BACKLOG }, resolve);
    });
    // Such as a connection for which the process has no file: there can be many.
    this.tcp.on('error', (error) =>
      this.incidents.report('connectionRefused', { err: error }, 'MQTT port failed'),
    );
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const address = remoteAddressOf(socket);
    // The answers to those would stand between the bytes of the WebSocket.
    if (!this.pipelined.release(socket)) {
      const because = 'WebSocket request behind unanswered requests';
      this.incidents.report('upgradeRefused', { address }, because);
      socket.destroy();
      return;
    }
    const path = request.url?.split('?')[0];
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
    if (path !== WEBSOCKET_PATH) {
      this.reject(socket, '404 Not Found', 'WebSocket request with another path', address);
      return;
    }
    if (!offered.some((name) => name.trim() === SUBPROTOCOL)) {
      this.reject(socket, '400 Bad Request', 'WebSocket request without the subprotocol', address);
      return;
    }
    // From now on it counts as a connection of MQTT.
    this.httpSockets.release(socket);
    this.limiter.admit(socket, address, () => {
      this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const stream = streamOf(webSocket, (because) =>
          this.incidents.report('packetRefused', { address }, because),
        );
        const guard = this.server.accept(stream, address, certifiedDevice(socket));
        if (guard !== undefined) chargeFrames(socket, guard);
      });
      socket.resume();
    });
  }

  private reject(socket: Duplex, status: string, because: string, address: string): void {
    this.incidents.report('upgradeRefused', { address }, because);
    socket.on('error', () => undefined);
    const head = [
      `HTTP/1.1 ${status}`,
      ...['Connection: close', 'Content-Length: 0', 'Sec-WebSocket-Version: 13'],
    ];
    // No timeout guards the socket now, and its client may never close its half.
    socket.end(`${head.join('\r\n')}\r\n\r\n`, () => socket.destroy());
  }
}
