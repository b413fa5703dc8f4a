/** Who this device is to the cloud: its secret, or its certificate; files are read again each time, so that new ones are taken up. */
import { readFileSync } from 'node:fs';
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

  /** Undefined when the certificate says it all; the last one known when its file cannot be read now. */
  secret(): string | undefined {
    const { secretFile } = this.settings;
    if (secretFile === undefined) return this.lastSecret;
    try {
      this.lastSecret = readFileSync(secretFile, 'utf8').trim();
    } catch {
      // It is just being replaced, or gone: what was right may still be.
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

  /** The headers that say who asks over HTTP. */
  headers(): Record<string, string> {
    const secret = this.secret();
    if (secret === undefined) return {};
    const credential = Buffer.from(`${this.device}:${secret}`).toString('base64');
    return { authorization: `Basic ${credential}` };
  }
}
