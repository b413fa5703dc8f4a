/** The device of a connection by its client certificate: the common name of one signed by a configured authority. */
import { TLSSocket } from 'node:tls';
import { deviceId } from '../../wire/index.js';

/** The device's id; undefined without TLS, or without a verified certificate that names a device. */
export function certifiedDevice(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const id = deviceId.safeParse(subject?.CN);
  return id.success ? id.data : undefined;
}
