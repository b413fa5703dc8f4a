/** Errors of a full disk as a fault. */
import { Fault } from '../../../src/wire/index.js';

const CODES = ['ENOSPC', 'EDQUOT'];

/** DISK_FULL for what a full disk, or an exhausted quota, throws; any other error as it is. */
export function asDiskFault(error: unknown, what: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !CODES.includes(code)) return error;
  return new Fault('DISK_FULL', `${what}: ${message}`, { cause: error });
}
