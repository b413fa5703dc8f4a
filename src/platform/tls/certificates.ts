/**
 * The certificates of the service, from files, and again whenever the files change: connections there are stay, new ones get
 * the new certificate. Files that make no certificate are logged, and the certificate before is kept.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Fault } from '../../wire/index.js';
import type { Config } from '../config/config.js';
import type { Log } from '../log.js';

/** What a TLS server is made of, and given again after a change. */
export type TlsSettings = SecureContextOptions & {
  /** Whether clients are asked for a certificate; they need not have one. */
  readonly requestCert: boolean;
};

type Files = Pick<Config, 'tlsCert' | 'tlsKey' | 'tlsClientCa'>;
/** A server of node:tls or node:https. */
interface TlsServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** Files are looked at so often: what tells of changes by itself misses those on network file systems. */
const LOOK_MS = 2000;

export class Certificates {
  private readonly servers = new Set<TlsServer>();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly files: Files,
    private readonly log: Log,
    private read: { readonly settings: TlsSettings; readonly digest: string } | undefined,
  ) {}

  /** Reads the files that are configured. Throws CONFIG_INVALID when they make no certificate. */
  static open(files: Files, log: Log): Certificates {
    const own = log.child({ part: 'tls' });
    try {
      return new Certificates(files, own, readFiles(files));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const text = `FLOTILLA_TLS_CERT, FLOTILLA_TLS_KEY, FLOTILLA_TLS_CLIENT_CA: ${why}`;
      throw new Fault('CONFIG_INVALID', text, { cause: error });
    }
  }

  /** Undefined when none is configured. */
  get settings(): TlsSettings | undefined {
    return this.read?.settings;
  }

  /** Gives this server every later certificate, too. */
  renewOn(server: TlsServer): void {
    this.servers.add(server);
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.servers.clear();
  }

  /** Reads the files again, and has them used if they have changed. */
  look(): void {
    try {
      const read = readFiles(this.files);
      if (read === undefined || read.digest === this.read?.digest) return;
      for (const server of this.servers) server.setSecureContext(read.settings);
      this.read = read;
      this.log.info('the certificate was renewed');
    } catch (error) {
      this.log.error({ err: error }, 'the files of the certificate cannot be used; it stays');
    }
  }
}

function readFiles({ tlsCert, tlsKey, tlsClientCa }: Files) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const cert = readFileSync(tlsCert);
  const key = readFileSync(tlsKey);
  const ca = tlsClientCa === undefined ? undefined : readFileSync(tlsClientCa);
  const digest = createHash('sha256');
  for (const part of [cert, key, ca ?? '']) digest.update(part).update('|');
  const settings: TlsSettings = {
    ...{ cert, key },
    ...(ca !== undefined && { ca }),
    minVersion: 'TLSv1.2',
    requestCert: ca !== undefined,
  };
  // Throws for a key that does not fit, before it is used.
  createSecureContext(settings);
  return { settings, digest: digest.digest('hex') };
}
