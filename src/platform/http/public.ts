/** Marks the few routes that answer without a credential; the guard of the fleet reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key the guard asks for. */
export const PUBLIC_ROUTE = 'flotilla:public';

/** This route, or every route of this controller, answers anyone. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);
