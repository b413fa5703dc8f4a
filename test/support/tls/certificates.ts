/** An authority of a test's own, made by openssl in a temporary folder: certificates for a service and for devices. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export class TestAuthority {
  private constructor(
    private readonly folder: string,
    readonly file: string,
    readonly cert: Buffer,
  ) {}

  static async make(): Promise<TestAuthority> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-authority-'));
    const file = join(folder, 'ca.pem');
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await run('openssl', [
      ...['req', '-x509', ...key, '-keyout', join(folder, 'ca.key'), '-out', file],
      ...['-days', '2', '-subj', '/CN=Flotilla test authority'],
    ]);
    return new TestAuthority(folder, file, await readFile(file));
  }

  /** A certificate for a name, valid for 127.0.0.1 and localhost too. */
  async issue(name: string, as: string = name): Promise<Certificate> {
    const path = (suffix: string) => join(this.folder, `${as}.${suffix}`);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const request = ['-keyout', path('key'), '-out', path('csr'), '-subj', `/CN=${name}`];
    await run('openssl', ['req', '-new', ...key, ...request]);
    await writeFile(path('ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    const authority = ['-CA', this.file, '-CAkey', join(this.folder, 'ca.key'), '-CAcreateserial'];
    const signed = ['-in', path('csr'), '-out', path('pem'), '-days', '2', '-extfile', path('ext')];
    await run('openssl', ['x509', '-req', ...authority, ...signed]);
    const [certFile, keyFile] = [path('pem'), path('key')];
    return { certFile, keyFile, cert: await readFile(certFile), key: await readFile(keyFile) };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
