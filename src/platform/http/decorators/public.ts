/** Marks the few routes that answer without a credential; the guard of access reads the mark. */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

/** The metadata key the guard asks for. */
export const PUBLIC_ROUTE = 'flotilla:public';

/** The field of a route's configuration that lets a stranger send it a small body. */
export const PUBLIC_BODY = 'acceptsPublicBody';

/** This route, or every route of this controller, answers anyone. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);

/** The same for a route that takes a body: what a stranger sends is read up to 4 KiB. */
export const PublicWithBody = () => applyDecorators(Public(), RouteConfig({ [PUBLIC_BODY]: true }));
