/** Marks routes that are asked by POST and change nothing: a viewer may use them, and the audit log does not tell of them. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key the guard and the interceptors of access ask for. */
export const READ_ONLY = 'flotilla:read-only';

export const ReadOnly = () => SetMetadata(READ_ONLY, true);

/** Methods that change nothing by their meaning (RFC 9110, 9.2.1). */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
