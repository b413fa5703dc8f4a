/** Marks routes whose path does not begin with the kind of thing they change; the audit log reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key the audit log asks for. */
export const CONCERNED_KIND = 'flotilla:concerns';

/** This route changes things of that kind, such as `devices`. */
export const Concerns = (kind: string) => SetMetadata(CONCERNED_KIND, kind);
