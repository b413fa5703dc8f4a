/** The description of the REST interface: /openapi.json for programs, /docs for people, both without internet. */
import type { Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type ApiResponseOptions,
  DocumentBuilder,
  type OpenAPIObject,
  SwaggerModule,
} from '@nestjs/swagger';
import { z } from 'zod';
import { API_VERSION } from '../build.js';
import { documentedSchema } from './answers.js';
import { problem } from './fault-filter.js';

interface RouteArgument {
  readonly index: number;
  /** The name of a single parameter. */
  readonly data?: unknown;
}

/**
 * Nest documents only routes with emitted parameter types, which this build does not emit. This sets them: a single path
 * parameter is text, all else an object; the zod schemas describe the rest.
 */
function noteParameters(controller: Type): void {
  const { prototype } = controller;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const routeArguments: Record<string, RouteArgument> =
      Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {};
    const types: (StringConstructor | ObjectConstructor)[] = [];
    for (const [key, { index, data }] of Object.entries(routeArguments)) {
      const isText = key === `${RouteParamtypes.PARAM}:${index}` && typeof data === 'string';
      types[index] = isText ? String : Object;
    }
    Reflect.defineMetadata('design:paramtypes', types, prototype, name);
  }
}

function controllersOf(app: NestFastifyApplication): Type[] {
  return [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => (metatype ? [metatype as Type] : []));
}

/** The error response of every route: see sendProblem. */
const PROBLEM = {
  status: 'default',
  description: 'A fault; docs/errors.md lists the codes.',
  headers: {
    'Retry-After': {
      description: 'Seconds until a retry may succeed',
      schema: { type: 'integer' },
    },
  },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
} satisfies ApiResponseOptions;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. ' +
    'Another request with the same key is rejected. Uploads of models need none: they are identified by their content.',
  schema: { type: 'string', maxLength: 200 },
} as const;
const WRITES = ['post', 'put', 'patch', 'delete'] as const;

/** Adds the schema of problem documents, which every route may return. */
function withProblem(document: OpenAPIObject): OpenAPIObject {
  const { components } = documentedSchema(problem);
  const schemas = { ...document.components?.schemas, ...components };
  return { ...document, components: { ...document.components, schemas } };
}

/** Adds the header to every write. */
function withIdempotencyKeys(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const method of WRITES) {
      const operation = path[method];
      if (operation !== undefined) {
        operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
      }
    }
  }
  return document;
}

/** Serves both pages; the document is built at the first request. */
export function serveApiPages(app: NestFastifyApplication): void {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Flotilla')
    .setDescription(
      'Devices, models, plans and history of a fleet. Errors are RFC 9457 problem documents.',
    )
    .setVersion(API_VERSION)
    .addServer('/', 'The service that returns this document')
    // addBearerAuth would call the key a JWT.
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'An operator key' })
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Id and secret of a device' })
    .addSecurityRequirements('bearer')
    .addGlobalResponse(PROBLEM)
    .build();
  const document = () => {
    controllersOf(app).forEach(noteParameters);
    const made = SwaggerModule.createDocument(app, outline, {
      standardSchemaConverter: (schema, { schemaType }) =>
        schema instanceof z.ZodType ? documentedSchema(schema, schemaType) : undefined,
    });
    return withIdempotencyKeys(withProblem(made));
  };
  // A browser that opens the bare address gets the pages.
  app
    .getHttpAdapter()
    .getInstance()
    .get('/', (_request, reply) => reply.redirect('/docs'));
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Flotilla REST interface',
  });
}
