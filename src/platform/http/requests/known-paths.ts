/**
 * The methods of each path, for answers to requests that match no route: RFC 9110 (15.5.6) wants 405 and `Allow` where another
 * method has one, and 404 elsewhere. Paths are matched by the router that Fastify uses.
 */
import type { FastifyInstance } from 'fastify';
import router, { type HTTPMethod } from 'find-my-way';

const unused = () => undefined;

export class KnownPaths {
  private readonly routes = router();
  private readonly methods = new Set<HTTPMethod>();

  /** Notes every route that a server gets from now on. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat() as HTTPMethod[]) {
        this.methods.add(one);
        if (!this.routes.hasRoute(one, url)) this.routes.on(one, url, unused);
      }
    });
  }

  /** The methods that a path has, in the order of the alphabet; none for a path that no route has. A query is ignored. */
  methodsOf(url: string): string[] {
    const [path = ''] = url.split('?');
    return [...this.methods].filter((one) => this.routes.find(one, path) !== null).sort();
  }
}
