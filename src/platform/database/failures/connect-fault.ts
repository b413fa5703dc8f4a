/**
 * Why PostgreSQL cannot be used at the start, as one sentence. The password of DATABASE_URL is in none.
 *
 * Codes are those of the system, and the SQLSTATEs of PostgreSQL (its manual, appendix A).
 */
import { Fault } from '../../../wire/index.js';
import { messageOf, systemCode } from '../../start-fault.js';

interface Place {
  readonly server: string;
  readonly user: string;
  readonly database: string;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ETIMEDOUT: 'no answer in time',
};

/** SQLSTATE → what is wrong, and what to do. */
const REFUSED: Readonly<Record<string, (place: Place) => string>> = {
  '28P01': ({ server, user }) =>
    `PostgreSQL at ${server} rejects the password of user '${user}'; correct it`,
  '28000': ({ server, user }) =>
    `PostgreSQL at ${server} does not accept user '${user}' from here; create the user, or allow it in pg_hba.conf`,
  '3D000': ({ server, database }) =>
    `the database '${database}' does not exist on ${server}; create it, or set another`,
  '42501': ({ server, user, database }) =>
    `user '${user}' has no right to use the database '${database}' on ${server}; grant it CONNECT and CREATE`,
  '53300': ({ server }) => `PostgreSQL at ${server} has no free connection; raise max_connections`,
  '57P03': ({ server }) => `PostgreSQL at ${server} is starting or stopping; start Flotilla later`,
};

/** The fault of a failed connection: CONFIG_INVALID where the setting is wrong, else DATABASE_UNAVAILABLE. */
export function connectFault(error: unknown, url: string): Fault {
  if (error instanceof Fault) return error;
  const place = placeOf(url);
  if (place === undefined) {
    const text =
      'DATABASE_URL: not a valid URL; set postgresql://USER:PASSWORD@HOST/DATABASE, with other characters as %XX';
    return new Fault('CONFIG_INVALID', text);
  }
  // Of a name with several addresses, each has an error of its own.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = systemCode(first);
  const refused = REFUSED[code];
  if (refused !== undefined) {
    const kind = /^(53|57)/.test(code) ? 'DATABASE_UNAVAILABLE' : 'CONFIG_INVALID';
    return new Fault(kind, `DATABASE_URL: ${refused(place)}`, { cause: first });
  }
  const why = UNREACHABLE[code] ?? messageOf(first);
  const text = `DATABASE_URL: PostgreSQL at ${place.server} does not answer (${why}); start it, or correct host and port`;
  return new Fault('DATABASE_UNAVAILABLE', text, { cause: first });
}

function placeOf(url: string): Place | undefined {
  try {
    const { hostname, port, username, pathname } = new URL(url);
    const user = decodeURIComponent(username);
    const database = decodeURIComponent(pathname.slice(1)) || user;
    return { server: `${hostname || 'localhost'}:${port || '5432'}`, user, database };
  } catch {
    return undefined;
  }
}
