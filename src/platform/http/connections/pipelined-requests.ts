/**
 * Serves the requests of one connection one after the other, and reads no further while too many wait (HTTP pipelining: RFC 9112, 9.3.2).
 *
 * Each request waits for the answer before it and for a turn of the event loop of its own, so that other sockets are served in
 * between. No request is rejected for its number. Behind an answer with `Connection: close`, none is handled (RFC 9112, 9.6).
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { SocketFeed } from './socket-feed.js';

/** Unanswered requests of a connection above which it is not read. Browsers and HTTP libraries send one at a time. */
export const MAX_UNANSWERED = 16;
/** Size of the pieces in which the parser gets requests: 57 of the shortest requests. */
const PIECE_BYTES = 1024;
/** A body that is longer has chunks as they come. Who sends one has a credential. */
const LONG_BODY_BYTES = 65_536;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  readonly socket: Socket;
  readonly feed: SocketFeed;
  /** The request that is being answered. */
  current: Exchange | undefined;
  readonly waiting: Exchange[];
  /** Written after the last answer, in place of an answer that has no request. */
  lastAnswer: string | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export class PipelinedRequests {
  private readonly connections = new WeakMap<Socket, Connection>();
  private handlers: readonly Handler[] = [];

  /** Stands between a server, which does not listen yet, and its handlers of requests. */
  watch(server: Server): void {
    this.handlers = server.listeners('request') as Handler[];
    const arrive: Handler = (request, response) => this.arrive({ request, response });
    const isTls = (server as object) instanceof TlsServer;
    server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => this.follow(socket));
    server.removeAllListeners('request');
    server.on('request', arrive);
    // Node would answer 417 in the turn of the chunk. An unknown expectation may be ignored (RFC 9110, 10.1.1).
    server.on('checkExpectation', arrive);
  }

  /**
   * Gives a connection to another protocol, for which its last request asked. Returns false where requests before that are unanswered:
   * the connection is of no use then.
   */
  release(socket: Socket): boolean {
    const connection = this.connections.get(socket);
    connection?.feed.release();
    return connection?.current === undefined;
  }

  /**
   * Reads no further on a connection whose bytes are no request. Complete requests before them are answered, then comes `answer`, which
   * must say `Connection: close`. Returns false where no complete request is unanswered: then the caller answers and ends the connection.
   */
  endAfterAnswers(socket: Socket, answer: string): boolean {
    const connection = this.connections.get(socket);
    // Otherwise each further piece would be an error of its own.
    connection?.feed.stop();
    if (connection?.current?.request.complete !== true) return false;
    // The bytes were to be the body of the request that came last.
    if (connection.waiting.at(-1)?.request.complete === false) connection.waiting.pop();
    connection.lastAnswer ??= answer;
    return true;
  }

  private follow(socket: Socket): Connection {
    const waiting: Exchange[] = [];
    const newest = (): Exchange | undefined => waiting.at(-1) ?? connection.current;
    const feed = new SocketFeed(socket, {
      mayRead: () => waiting.length + (connection.current ? 1 : 0) < MAX_UNANSWERED,
      pieceBytes: () => (isInLongBody(newest()?.request) ? Number.POSITIVE_INFINITY : PIECE_BYTES),
    });
    const connection: Connection = {
      ...{ socket, feed, waiting },
      ...{ current: undefined, lastAnswer: undefined },
    };
    this.connections.set(socket, connection);
    return connection;
  }

  private arrive(exchange: Exchange): void {
    const { socket } = exchange.request;
    const connection = this.connections.get(socket) ?? this.follow(socket);
    if (isOver(connection) || connection.lastAnswer !== undefined) connection.feed.stop();
    else if (connection.current === undefined) this.begin(connection, exchange);
    else connection.waiting.push(exchange);
  }

  private begin(connection: Connection, exchange: Exchange): void {
    connection.current = exchange;
    // It also comes when the connection is lost.
    exchange.response.once('close', () => setImmediate(() => this.advance(connection)));
    for (const handle of this.handlers) handle(exchange.request, exchange.response);
  }

  private advance(connection: Connection): void {
    const { feed, socket, waiting } = connection;
    connection.current = undefined;
    if (isOver(connection)) {
      waiting.length = 0;
      feed.stop();
      return;
    }
    const next = waiting.shift();
    if (next !== undefined) this.begin(connection, next);
    else if (connection.lastAnswer !== undefined) {
      socket.write(connection.lastAnswer);
      socket.destroySoon();
    }
    feed.feed();
  }
}

/** Whether the last answer of a connection was sent, or cannot be sent. */
function isOver({ socket }: Connection): boolean {
  return socket.writableEnded || socket.destroyed;
}

function isInLongBody(request: IncomingMessage | undefined): boolean {
  if (request === undefined || request.complete) return false;
  const { 'content-length': bytes, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || Number(bytes) > LONG_BODY_BYTES;
}
