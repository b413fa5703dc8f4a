/** Identity of this device to the cloud: its secret or its certificate. Files are read at each connection, so that new ones are used. */
import { readFileSync, statSync } from 'node:fs';
import type { Settings } from '../../settings/settings-table.js';

/** For node:tls, node:https and mqtt.js alike. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export class Identity {
  readonly device: string;
  private lastSecret: string | undefined;

  constructor(
    private readonly settings: Pick<
      Settings,
      'device' | 'secret' | 'secretFile' | 'caFile' | 'certFile' | 'keyFile'
    >,
  ) {
    this.device = settings.device;
    this.lastSecret = settings.secret;
  }

  /** Undefined when the certificate is enough; the last known one when its file cannot be read. */
  secret(): string | undefined {
    const { secretFile } = this.settings;
    if (secretFile === undefined) return this.lastSecret;
    try {
      // A pipe gave its secret at the start; reading it again would wait for ever.
      if (statSync(secretFile).isFile()) this.lastSecret = readFileSync(secretFile, 'utf8').trim();
    } catch {
      // The file is being replaced or gone; the last secret may still be valid.
    }
    return this.lastSecret;
  }

  /** Throws when a file cannot be read. */
  tls(): TlsFiles {
    const { caFile, certFile, keyFile } = this.settings;
    return {
      ...(caFile !== undefined && { ca: readFileSync(caFile) }),
      ...(certFile !== undefined && { cert: readFileSync(certFile) }),
      ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
    };
  }

  /** HTTP headers with the identity of the device. */
  headers(): Record<string, string> {
    const secret = this.secret();
    if (secret === undefined) return {};
    const credential = Buffer.from(`${this.device}:${secret}`).toString('base64');
    return { authorization: `Basic ${credential}` };
  }
}
