/**
 * The certificates of the service, from files, and again whenever the files change: connections there are stay, new ones get
 * the new certificate. Files that make no certificate are logged, and the certificate before is kept.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Fault } from '../../wire/index.js';
import { Clock, type Timer } from '../clock.js';
import type { Config } from '../config/config.js';
import type { Log } from '../log.js';

/** What a TLS server is made of, and given again after a change. */
export type TlsSettings = SecureContextOptions & {
  /** Whether clients are asked for a certificate; they need not have one. */
  readonly requestCert: boolean;
};

type Files = Pick<Config, 'tlsCert' | 'tlsKey' | 'tlsClientCa'>;
/** What the files were when they were read last. */
interface Read {
  readonly settings: TlsSettings;
  readonly digest: string;
}
/** A server of node:tls or node:https. */
interface TlsServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** Files are looked at so often: what tells of changes by itself misses those on network file systems. */
const LOOK_MS = 2000;

export class Certificates {
  private readonly servers = new Set<TlsServer>();
  private timer: Timer | undefined;

  private constructor(
    private readonly files: Files,
    private readonly log: Log,
    private readonly clock: Clock,
    private read: Read | undefined,
  ) {}

  /** Reads the files that are configured. Throws CONFIG_INVALID when they make no certificate. */
  static open(files: Files, log: Log, clock = new Clock()): Certificates {
    const own = log.child({ part: 'tls' });
    try {
      return new Certificates(files, own, clock, readFiles(files));
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
    this.timer ??= this.clock.every(LOOK_MS, () => void this.look());
  }

  close(): void {
    this.timer?.cancel();
    this.servers.clear();
  }

  /** Reads the files again, and has them used if they have changed. */
  async look(): Promise<void> {
    try {
      const paths = pathsOf(this.files);
      const [cert, key, ca] = await Promise.all(paths.map((path) => readFile(path)));
      if (cert === undefined || key === undefined) return;
      if (digestOf([cert, key, ca]) === this.read?.digest) return;
      const read = checked(cert, key, ca);
      for (const server of this.servers) server.setSecureContext(read.settings);
      this.read = read;
      this.log.info('the certificate was renewed');
    } catch (error) {
      this.log.error({ err: error }, 'the files of the certificate cannot be used; it stays');
    }
  }
}

/** Certificate, key and, where there is one, authority; nothing without the first two. */
function pathsOf({ tlsCert, tlsKey, tlsClientCa }: Files): string[] {
  if (tlsCert === undefined || tlsKey === undefined) return [];
  return [tlsCert, tlsKey, ...(tlsClientCa === undefined ? [] : [tlsClientCa])];
}

function readFiles(files: Files): Read | undefined {
  const [cert, key, ca] = pathsOf(files).map((path) => readFileSync(path));
  return cert === undefined || key === undefined ? undefined : checked(cert, key, ca);
}

/** Throws for a key that does not fit, before it is used. */
function checked(cert: Buffer, key: Buffer, ca: Buffer | undefined): Read {
  const settings: TlsSettings = {
    ...{ cert, key },
    ...(ca !== undefined && { ca }),
    minVersion: 'TLSv1.2',
    requestCert: ca !== undefined,
  };
  createSecureContext(settings);
  return { settings, digest: digestOf([cert, key, ca]) };
}

function digestOf(parts: readonly (Buffer | undefined)[]): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part ?? '').update('|');
  return digest.digest('hex');
}
