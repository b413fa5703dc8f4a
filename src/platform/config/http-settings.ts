/** Settings of the HTTP server: connections and the time that requests may take to arrive. */
import { amount, KIB } from './setting-kinds.js';

export const httpSettings = {
  httpConnections: amount(
    'Maximum HTTP connections, at most a quarter of the files that the process may open; further ones are closed.',
    { unit: 'connections', minimum: 1, default: 2000 },
  ),
  httpAddressConnections: amount(
    'Maximum HTTP connections per client address (IPv6: per /64 network). Raise it behind a reverse proxy.',
    { unit: 'connections', minimum: 1, default: 500 },
  ),
  httpHeadersMs: amount('Maximum time until the headers of an HTTP request are complete.', {
    unit: 'ms',
    minimum: 100,
    maximum: 600_000,
    default: 30_000,
  }),
  httpBodyMs: amount(
    'Maximum time for the body of an HTTP request, in addition to its bytes at the minimum rate.',
    { unit: 'ms', minimum: 100, maximum: 600_000, default: 60_000 },
  ),
  httpBodyBytesPerS: amount('Minimum rate of the body of an HTTP request.', {
    unit: 'bytes/s',
    minimum: 1,
    default: 4 * KIB,
  }),
};
