/** A model's blocks over real HTTP, for the one device that has the secret; a test may have a download cut. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class BlockServer {
  /** Where it is, also once it is closed. */
  url = '';
  /** What there is to download, by digest. */
  blocks: ReadonlyMap<string, Uint8Array> = new Map();
  /** Bytes after which a block's download is cut, once. */
  cutDownloadAt: number | undefined;
  /** A proxy between agent and cloud: answers a request itself, and returns true, or lets it through. */
  proxy: (response: ServerResponse) => boolean = () => false;
  readonly downloads: { digest: string; range: string | undefined; status: number }[] = [];
  private readonly http = createServer();
  private readonly authorization: string;

  private constructor(device: string, secret: string) {
    this.authorization = `Basic ${Buffer.from(`${device}:${secret}`).toString('base64')}`;
  }

  static async start(device: string, secret: string): Promise<BlockServer> {
    const server = new BlockServer(device, secret);
    server.http.on('request', ({ url, headers }, response) => {
      if (server.proxy(response)) return;
      server.serve(url?.split('/').at(-1) ?? '', headers, response);
    });
    await once(server.http.listen(0, '127.0.0.1'), 'listening');
    server.url = `http://127.0.0.1:${(server.http.address() as AddressInfo).port}`;
    return server;
  }

  close(): void {
    this.http.closeAllConnections();
    this.http.close();
  }

  private serve(
    digest: string,
    { authorization, range }: IncomingHttpHeaders,
    response: ServerResponse,
  ): void {
    const bytes = this.blocks.get(digest);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const isKnown = authorization === this.authorization;
    const found = bytes === undefined ? 404 : from > 0 ? 206 : 200;
    const status = isKnown ? found : 401;
    this.downloads.push({ digest, range, status });
    if (bytes === undefined || !isKnown) {
      response.writeHead(status).end();
      return;
    }
    response.writeHead(status, {
      'content-length': bytes.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    const cut = this.cutDownloadAt;
    if (cut === undefined || cut >= bytes.length) {
      response.end(bytes.subarray(from));
      return;
    }
    this.cutDownloadAt = undefined;
    response.write(bytes.subarray(from, cut), () => setTimeout(() => response.destroy(), 50));
  }
}
