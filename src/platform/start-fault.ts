/**
 * Why a part cannot start, as one sentence for an operator: the setting, what is wrong with its value, and what to do.
 */
import { userInfo } from 'node:os';
import { Fault } from '../wire/index.js';

/** Where a server was to listen, and the settings that say so. */
interface Listening {
  /** Name of the variable of the port, such as FLOTILLA_HTTP_PORT. */
  readonly setting: string;
  readonly host: string;
  readonly port: number;
}

/** Codes of listen(2) and getaddrinfo(3) about the address, not the port. */
const NO_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'ENOTFOUND', 'EAI_AGAIN'];
/** Codes of a disk without room: of the file system, and of the quota of a user. */
const NO_ROOM = ['ENOSPC', 'EDQUOT'];
/** The same by SQLite and PostgreSQL, which have no code of the system. */
const NO_ROOM_TEXT = /database or disk is full|No space left on device|could not extend file/i;

/** The system's code of an error, such as EACCES; an empty text for one without. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** CONFIG_INVALID for a port that cannot be opened. */
export function listenFault(error: unknown, { setting, host, port }: Listening): Fault {
  const code = systemCode(error);
  const text = (): string => {
    if (code === 'EADDRINUSE') {
      return `${setting}: port ${port} of ${host} is in use by another program; stop it, or set another port`;
    }
    if (code === 'EACCES' || code === 'EPERM') {
      return `${setting}: ${userName()} is not allowed to open port ${port}; set one from 1024, or grant CAP_NET_BIND_SERVICE`;
    }
    if (NO_ADDRESS.includes(code)) {
      return `FLOTILLA_HOST: '${host}' is no address of this machine (${code}); set one of its addresses, or 0.0.0.0`;
    }
    return `${setting}: port ${port} of ${host} cannot be opened: ${messageOf(error)}`;
  };
  return new Fault('CONFIG_INVALID', text(), { cause: error });
}

/** CONFIG_INVALID for the data folder, or something in it, that cannot be used. */
export function folderFault(error: unknown, path: string): Fault {
  const code = systemCode(error);
  const text = (): string => {
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      return `FLOTILLA_DATA: ${path} is not a folder; set a folder, which is created if missing`;
    }
    if (code === 'EACCES' || code === 'EPERM') {
      return `FLOTILLA_DATA: ${userName()} cannot write ${path}; change its owner or mode, or set another folder`;
    }
    if (code === 'EROFS') {
      return `FLOTILLA_DATA: ${path} is on a read-only disk; set another folder`;
    }
    if (hasNoRoom(error)) return noRoomText(path);
    return `FLOTILLA_DATA: ${path} cannot be used: ${messageOf(error)}; set another folder`;
  };
  return new Fault('CONFIG_INVALID', text(), { cause: error });
}

/** What an operator does about a data folder without room. */
export function noRoomText(path: string): string {
  return `FLOTILLA_DATA: the disk of ${path} is full; free some room, or set a folder on another disk`;
}

/** Whether an error, or what caused it, is a disk without room. */
export function hasNoRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (NO_ROOM.includes(systemCode(error)) || NO_ROOM_TEXT.test(error.message)) return true;
  return hasNoRoom(error.cause);
}

/** The user of this process, as `ls -l` shows it. */
export function userName(): string {
  const uid = process.getuid?.();
  try {
    return `user ${userInfo().username} (uid ${uid})`;
  } catch {
    // A uid without an entry in the list of users, as in containers.
    return `the user with uid ${uid}`;
  }
}

/** The sentence of any thrown value, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
