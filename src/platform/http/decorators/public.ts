/** Marks routes that need no credential; the guard of access reads the mark. */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

/** The metadata key of the guard. */
export const PUBLIC_ROUTE = 'flotilla:public';

/** The field of a route's configuration that allows a small body without a credential. */
export const PUBLIC_BODY = 'acceptsPublicBody';

/** This route, or every route of this controller, needs no credential. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);

/** The same for a route with a body, of at most 4 KiB. */
export const PublicWithBody = () => applyDecorators(Public(), RouteConfig({ [PUBLIC_BODY]: true }));
