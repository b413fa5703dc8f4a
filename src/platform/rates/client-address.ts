/** Client addresses as the limits count them: IPv6 gives every site 2⁶⁴ addresses, so its network counts as one. */
import { isIPv6, type Socket } from 'node:net';

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** The remote address of a socket; 'unknown' once the socket is closed. */
export function remoteAddressOf(socket: Socket): string {
  return socket.remoteAddress ?? 'unknown';
}

/** An IPv4 address unchanged, also when mapped to IPv6; the /64 network of an IPv6 address. */
export function clientAddressOf(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros: string[] = Array(Math.max(0, GROUPS - left.length - right.length)).fill('0');
  const network = [...left, ...(tail === undefined ? [] : zeros), ...right].slice(
    0,
    NETWORK_GROUPS,
  );
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
