/** Errors of the disk as faults. */
import { Fault, fileTroubleOf } from '../../../src/wire/index.js';

/** DISK_FULL, DISK_FAILED or FILES_EXHAUSTED for a file that cannot be written or opened; any other error as it is. */
export function asDiskFault(error: unknown, what: string): unknown {
  const trouble = fileTroubleOf(error);
  if (trouble === undefined) return error;
  const { message } = error as Error;
  return new Fault(trouble.code, `${what}: ${message}`, { cause: error });
}
