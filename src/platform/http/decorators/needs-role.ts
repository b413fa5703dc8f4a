/** Roles of operator keys: read, change the fleet, or manage keys and the audit log. The guard reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** Each role includes those before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The metadata key of the guard. */
export const NEEDED_ROLE = 'flotilla:role';

/** This route, or every route of this controller, needs the role. Without the mark, reading needs a viewer, all else an operator. */
export const Needs = (role: Role) => SetMetadata(NEEDED_ROLE, role);
