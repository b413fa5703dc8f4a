/** Marks routes that group-scoped keys may use; other routes reject them. The guard reads the mark. */
import { SetMetadata } from '@nestjs/common';

/**
 * Where a route names its devices. `path`: its `:id` is a device; `query`: its `group` is required; `handler`: the route
 * itself checks the groups of the key; `nowhere`: it returns nothing about devices.
 */
export type ScopePlace = 'path' | 'query' | 'handler' | 'nowhere';

/** The metadata key of the guard. */
export const SCOPE_PLACE = 'flotilla:scope';

/** This route, or every route of this controller, accepts group-scoped keys. */
export const InScope = (place: ScopePlace) => SetMetadata(SCOPE_PLACE, place);
