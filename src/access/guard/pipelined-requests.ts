/**
 * Bounds the requests that one connection has unanswered (HTTP pipelining, RFC 9112, 9.3.2). Node emits all requests of a chunk in one turn
 * of the event loop: 64 KB hold six hundred, whose answers would take a fifth of a second.
 *
 * A request above the limit, and one behind an answer that ends the connection, is dropped before Fastify sees it. The client sends it
 * again on another connection, as for every connection that ends early.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Browsers and HTTP libraries send one request at a time on a connection. */
export const MAX_UNANSWERED = 16;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export class PipelinedRequests {
  private readonly ending = new WeakSet<Socket>();
  private readonly unanswered = new WeakMap<Socket, number>();

  /** Stands between a server and its handler of requests from now on. */
  watch(server: Server): void {
    const handlers = server.listeners('request') as Handler[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (!this.admits(request.socket, response)) return;
      for (const handle of handlers) handle.call(server, request, response);
    });
  }

  /** The answer under way is the last of the connection: what came behind its request is dropped, and what is still to come is not read. */
  end(socket: Socket): void {
    this.ending.add(socket);
    pause(socket);
  }

  private admits(socket: Socket, response: ServerResponse): boolean {
    if (this.ending.has(socket)) {
      pause(socket);
      return false;
    }
    const before = this.unanswered.get(socket) ?? 0;
    this.unanswered.set(socket, before + 1);
    response.once('close', () => {
      this.unanswered.set(socket, (this.unanswered.get(socket) ?? 1) - 1);
    });
    if (before + 1 < MAX_UNANSWERED) return true;
    // The last one: Node closes the connection after its answer. Its body may still come, so the connection is read on.
    response.shouldKeepAlive = false;
    this.ending.add(socket);
    return true;
  }
}

/** Requests that tests inject have no network. */
function pause(socket: Socket): void {
  if (typeof socket.bytesRead === 'number') socket.pause();
}
