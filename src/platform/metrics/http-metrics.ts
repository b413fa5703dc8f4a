/** Metrics of the HTTP server: what it rejects, by reason. */
import type { HttpSockets } from '../http/connections/http-sockets.js';
import type { HttpRefusals } from '../http/refusals.js';
import type { Metrics } from './metrics.js';

/** Shows the refusals of requests and of connections from now on, each reason from the start. */
export function countHttpRefusals(
  metrics: Metrics,
  refusals: Pick<HttpRefusals, 'counts'>,
  sockets: Pick<HttpSockets, 'counts'>,
): void {
  metrics.counts(
    'flotilla_http_refused_total',
    'HTTP requests and connections rejected, by reason',
    'reason',
    () => ({ ...refusals.counts(), connections: sockets.counts().connectionsRejected ?? 0 }),
  );
}
