/** Marks POST routes that change nothing: a viewer may use them, and the audit log omits them. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key of the guard and the interceptors of access. */
export const READ_ONLY = 'flotilla:read-only';

export const ReadOnly = () => SetMetadata(READ_ONLY, true);

/** Safe methods (RFC 9110, 9.2.1). */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
