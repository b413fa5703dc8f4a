/** Where a connection comes from, as far as it is one place: IPv6 gives every house 2⁶⁴ addresses. */
import { isIPv6, type Socket } from 'node:net';

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** The address of a socket's peer; one that is gone has none any more. */
export function remoteAddressOf(socket: Socket): string {
  return socket.remoteAddress ?? 'unknown';
}

/** An IPv4 address as it is, also where it is written as IPv6; of an IPv6 address its first 64 bits. */
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
