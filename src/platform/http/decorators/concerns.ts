/** Marks routes whose path does not begin with the kind of resource they change; the audit log reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key of the audit log. */
export const CONCERNED_KIND = 'flotilla:concerns';

/** This route changes resources of the kind, such as `devices`. */
export const Concerns = (kind: string) => SetMetadata(CONCERNED_KIND, kind);
