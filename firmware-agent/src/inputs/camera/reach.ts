/** Looks whether a TCP port accepts connections, and says in words why not. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { pause } from '../../clock.js';

/** Of a look. A SYN that was lost is sent again after a second. */
const PATIENCE_MS = 2000;

export class Reach {
  /** One at a time: each holds a thread of libuv, until the name server answers. */
  private naming: Promise<string | Error> | undefined;

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** Why nothing accepts connections there; undefined where something does. Takes at most some seconds. */
  async absence(signal: AbortSignal): Promise<string | undefined> {
    const address = await this.address();
    if (address instanceof Error) return this.inWords(address);
    const error = await connectionFault({ host: address, port: this.port, signal });
    return error && this.inWords(error);
  }

  private async address(): Promise<string | Error> {
    if (isIP(this.host) !== 0) return this.host;
    this.naming ??= lookup(this.host)
      .then(({ address }) => address)
      .catch((error: Error) => error)
      .finally(() => {
        this.naming = undefined;
      });
    return withinPatience(this.naming, 'ENAME');
  }

  private inWords(error: NodeJS.ErrnoException): string {
    const { host, port } = this;
    const place = `${host}:${port}`;
    switch (error.code) {
      case 'ENOTFOUND':
        return `no device has the name ${host}`;
      case 'EAI_AGAIN':
      case 'ENAME':
        return `the name ${host} cannot be looked up now`;
      case 'ECONNREFUSED':
        return `${place} refuses connections: is this the port of RTSP, and is RTSP switched on?`;
      case 'ETIMEDOUT':
        return `${place} does not answer: is the camera on, and in this network?`;
      default:
        return `${place} cannot be reached (${error.code ?? error.message})`;
    }
  }
}

function connectionFault(to: {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...to, timeout: PATIENCE_MS });
    const end = (error?: Error): void => {
      socket.destroy();
      resolve(error);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end(faultOf('ETIMEDOUT')));
    socket.on('error', end);
  });
}

async function withinPatience<T>(promise: Promise<T>, code: string): Promise<T | Error> {
  const isSettled = new AbortController();
  const late = pause(PATIENCE_MS, isSettled.signal).then(() => faultOf(code));
  return Promise.race([promise, late]).finally(() => isSettled.abort());
}

const faultOf = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });
