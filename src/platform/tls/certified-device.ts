/** Which device a connection is of, by its client certificate: the common name of one that a configured authority has signed. */
import { TLSSocket } from 'node:tls';
import { deviceId } from '../../wire/index.js';

/** The device's id; undefined without TLS, without a certificate, or with one that was not verified or names no device. */
export function certifiedDevice(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const id = deviceId.safeParse(subject?.CN);
  return id.success ? id.data : undefined;
}
