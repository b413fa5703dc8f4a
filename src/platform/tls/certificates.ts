/**
 * Certificates of the service, reloaded when their files change: existing connections stay, new ones use the new certificate.
 * Invalid files are logged, and the previous certificate is kept.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Fault } from '../../wire/index.js';
import { Clock, type Timer } from '../clock.js';
import type { Config } from '../config/config.js';
import type { Log } from '../log.js';
import { messageOf } from '../start-fault.js';
import { CERTIFICATE, PRIVATE_KEY, readPem } from './pem-file.js';

/** Options of a TLS server, applied again after a change. */
export type TlsSettings = SecureContextOptions & {
  /** Whether the server requests a client certificate, which is optional. */
  readonly requestCert: boolean;
};

type Files = Pick<Config, 'tlsCert' | 'tlsKey' | 'tlsClientCa'>;
/** The files as last read. */
interface Read {
  readonly settings: TlsSettings;
  readonly digest: string;
}
/** A server of node:tls or node:https. */
interface TlsServer {
  setSecureContext(options: SecureContextOptions): void;
}

/** Polling interval of the files: file watchers miss changes on network file systems. */
const POLL_MS = 2000;

export class Certificates {
  private readonly servers = new Set<TlsServer>();
  private timer: Timer | undefined;

  private constructor(
    private readonly files: Files,
    private readonly log: Log,
    private readonly clock: Clock,
    private read: Read | undefined,
  ) {}

  /** Reads the configured files. Throws CONFIG_INVALID when they form no valid certificate. */
  static open(files: Files, log: Log, clock = new Clock()): Certificates {
    const own = log.child({ part: 'tls' });
    try {
      return new Certificates(files, own, clock, readFiles(files));
    } catch (error) {
      if (error instanceof Fault) throw error;
      const text = `FLOTILLA_TLS_CERT, FLOTILLA_TLS_KEY, FLOTILLA_TLS_CLIENT_CA: ${messageOf(error)}; set PEM files that belong together`;
      throw new Fault('CONFIG_INVALID', text, { cause: error });
    }
  }

  /** Undefined when none is configured. */
  get settings(): TlsSettings | undefined {
    return this.read?.settings;
  }

  /** Applies every later certificate to this server. */
  renewOn(server: TlsServer): void {
    this.servers.add(server);
    this.timer ??= this.clock.every(POLL_MS, () => void this.look());
  }

  close(): void {
    this.timer?.cancel();
    this.servers.clear();
  }

  /** Reads the files again, and applies them when they have changed. */
  async look(): Promise<void> {
    try {
      const paths = pathsOf(this.files);
      const [cert, key, ca] = await Promise.all(paths.map((path) => readFile(path)));
      if (cert === undefined || key === undefined) return;
      if (digestOf([cert, key, ca]) === this.read?.digest) return;
      const read = checked(cert, key, ca);
      for (const server of this.servers) server.setSecureContext(read.settings);
      this.read = read;
      this.log.info('certificate reloaded');
    } catch (error) {
      this.log.error({ err: error }, 'certificate files invalid; keeping the current certificate');
    }
  }
}

/** Paths of certificate, key and, when set, authority; empty without the first two. */
function pathsOf({ tlsCert, tlsKey, tlsClientCa }: Files): string[] {
  if (tlsCert === undefined || tlsKey === undefined) return [];
  return [tlsCert, tlsKey, ...(tlsClientCa === undefined ? [] : [tlsClientCa])];
}

/** The files at the start, each checked by itself, so that the fault names the setting of the wrong one. */
function readFiles(files: Files): Read | undefined {
  const { tlsCert, tlsKey, tlsClientCa } = files;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const cert = readPem('FLOTILLA_TLS_CERT', tlsCert, CERTIFICATE);
  const key = readPem('FLOTILLA_TLS_KEY', tlsKey, PRIVATE_KEY);
  if (!cert.parsed.checkPrivateKey(key.parsed)) {
    const text = `FLOTILLA_TLS_KEY: ${tlsKey} is not the key of the certificate ${tlsCert}; set files that belong together`;
    throw new Fault('CONFIG_INVALID', text);
  }
  const ca =
    tlsClientCa === undefined
      ? undefined
      : readPem('FLOTILLA_TLS_CLIENT_CA', tlsClientCa, CERTIFICATE);
  return checked(cert.bytes, key.bytes, ca?.bytes);
}

/** Throws when the key does not match the certificate. */
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
