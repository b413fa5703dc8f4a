/**
 * The connections of the HTTP server: bounded in number, in total and per client address.
 *
 * A connection costs a file before it has sent a byte. Without a bound, one client takes all files of the process,
 * and no device can connect. Every wait for a client has a limit: for headers and TLS in `httpOptions`, for bodies in
 * body-pace.ts. A WebSocket of MQTT leaves this count for that of the broker.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock.js';
import type { Config } from '../../config/config.js';
import type { Log } from '../../log.js';
import { clientAddressOf } from '../../rates/client-address.js';
import { LimitedLog } from '../../rates/limited-log.js';

/** Share of the files of the process that HTTP connections may take. */
const FILE_SHARE = 1 / 4;
/** How often Node looks for requests whose headers are late. */
const CHECK_MS = 1_000;
/** A connection without a byte in either direction for this long is closed; no answer takes as long to begin. */
export const IDLE_MS = 300_000;

type Limits = Pick<Config, 'httpConnections' | 'httpAddressConnections'>;

/** Options of Node's server: how long it waits for headers, and for the handshake of TLS. */
export function httpOptions({ httpHeadersMs }: Pick<Config, 'httpHeadersMs'>) {
  return {
    // Node would answer in the turn in which it parses: see host-header.ts.
    requireHostHeader: false,
    headersTimeout: httpHeadersMs,
    handshakeTimeout: httpHeadersMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, httpHeadersMs),
  };
}

interface OpenConnection {
  readonly end: string;
  /** The address it counts for. */
  readonly address: string;
}

export class HttpSockets {
  /** Connections closed at once since the start, because there were too many. */
  private rejected = 0;
  /** Connections by remote address and port. */
  private readonly open = new Map<string, OpenConnection>();
  private readonly ofAddress = new Map<string, number>();
  private readonly total: number;
  private readonly perAddress: number;
  private readonly lines: LimitedLog;

  constructor(limits: Limits, log: Log, clock: Clock, openFiles = openFilesLimit()) {
    this.lines = new LimitedLog(log.child({ part: 'http' }), clock);
    const { httpConnections, httpAddressConnections } = limits;
    const most = openFiles === undefined ? httpConnections : Math.ceil(openFiles * FILE_SHARE);
    this.total = Math.min(httpConnections, most);
    // An address keeps its share of the total.
    const share = Math.min(1, httpAddressConnections / httpConnections);
    this.perAddress = Math.min(httpAddressConnections, Math.ceil(share * this.total));
  }

  /** Figures for the load report. */
  counts(): Readonly<Record<string, number>> {
    return { connections: this.open.size, connectionsRejected: this.rejected };
  }

  /** Bounds the connections of a server from now on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.admit(socket));
  }

  /** Takes a connection out of the count, which another protocol has taken over. */
  release(socket: Socket): void {
    this.remove(this.open.get(endOf(socket)));
  }

  private admit(socket: Socket): void {
    const end = endOf(socket);
    // It is closed already.
    if (socket.remoteAddress === undefined) return;
    // A client that resets a connection can use its port again before the end of the first is seen here.
    this.remove(this.open.get(end));
    const address = clientAddressOf(socket.remoteAddress);
    const held = this.ofAddress.get(address) ?? 0;
    const isFull = this.open.size >= this.total;
    if (isFull || held >= this.perAddress) {
      this.rejected += 1;
      const text = isFull ? 'too many HTTP connections' : 'too many HTTP connections of an address';
      this.lines.warn({ address, rejected: this.rejected }, text);
      socket.destroy();
      return;
    }
    const one = { end, address };
    this.open.set(end, one);
    this.ofAddress.set(address, held + 1);
    socket.once('close', () => this.remove(one));
  }

  /** Does nothing where another connection has the place by now. */
  private remove(one: OpenConnection | undefined): void {
    if (one === undefined || this.open.get(one.end) !== one) return;
    const { end, address } = one;
    this.open.delete(end);
    const held = (this.ofAddress.get(address) ?? 0) - 1;
    if (held > 0) this.ofAddress.set(address, held);
    else this.ofAddress.delete(address);
  }
}

/** A TLS socket and the TCP socket below it have the same. */
function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Files that this process may open; undefined where the system does not say. */
function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
