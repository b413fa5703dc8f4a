/** What an operator's key may do: read, change the fleet, or rule over keys and the audit log; the guard reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** Each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The metadata key the guard asks for. */
export const NEEDED_ROLE = 'flotilla:role';

/** This route, or every route of this controller, needs the role; without the mark reading needs a viewer, all else an operator. */
export const Needs = (role: Role) => SetMetadata(NEEDED_ROLE, role);
