/** Marks the routes that keys for some groups only may use; what is not marked is refused to them. The guard reads the mark. */
import { SetMetadata } from '@nestjs/common';

/**
 * Where a route tells which devices it is about: `path`: its `:id` is a device; `query`: its `group` has to be given;
 * `handler`: the route itself looks at the groups of the key; `nowhere`: it tells nothing of devices.
 */
export type ScopePlace = 'path' | 'query' | 'handler' | 'nowhere';

/** The metadata key the guard asks for. */
export const SCOPE_PLACE = 'flotilla:scope';

/** This route, or every route of this controller, is open to keys for some groups. */
export const InScope = (place: ScopePlace) => SetMetadata(SCOPE_PLACE, place);
