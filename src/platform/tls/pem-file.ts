/** A PEM file (RFC 7468) of a setting, read and parsed: what is wrong with it is one sentence that names the setting. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '../../wire/index.js';
import { messageOf, systemCode, userName } from '../start-fault.js';

interface PemFile<T> {
  readonly bytes: Buffer;
  readonly parsed: T;
}

interface PemKind<T> {
  readonly name: string;
  parse(bytes: Buffer): T;
}

/** The first certificate of a file. */
export const CERTIFICATE: PemKind<X509Certificate> = {
  name: 'certificate',
  parse: (bytes) => new X509Certificate(bytes),
};
export const PRIVATE_KEY: PemKind<KeyObject> = {
  name: 'private key',
  parse: (bytes) => createPrivateKey(bytes),
};

/** Reads and parses a file; throws CONFIG_INVALID with the setting, the path and the reason. */
export function readPem<T>(setting: string, path: string, kind: PemKind<T>): PemFile<T> {
  const bytes = bytesOf(setting, path);
  try {
    return { bytes, parsed: kind.parse(bytes) };
  } catch (error) {
    const code = systemCode(error);
    const why =
      code === 'ERR_MISSING_PASSPHRASE' ||
      /passphrase|interrupted or cancelled/i.test(messageOf(error))
        ? `${path} is encrypted; set a key without a passphrase`
        : `${path} holds no ${kind.name} in PEM (${reasonOf(error)}); set a file that does`;
    throw new Fault('CONFIG_INVALID', `${setting}: ${why}`, { cause: error });
  }
}

/** OpenSSL writes `error:0480006C:PEM routines::no start line`. */
function reasonOf(error: unknown): string {
  return messageOf(error).split('::').at(-1) ?? '';
}

function bytesOf(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${setting}: ${whyUnread(systemCode(error), path, error)}`, {
      cause: error,
    });
  }
}

function whyUnread(code: string, path: string, error: unknown): string {
  if (code === 'ENOENT') return `there is no file ${path}; set the path of a PEM file`;
  if (code === 'EISDIR') return `${path} is a folder; set the path of a PEM file`;
  if (code === 'EACCES') return `${userName()} cannot read ${path}; change its owner or mode`;
  return `${path} cannot be read: ${messageOf(error)}`;
}
