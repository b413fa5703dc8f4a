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
import { documentedSchema } from './answers.js';
import { problem } from './fault-filter.js';

interface RouteArgument {
  readonly index: number;
  /** The name of a single parameter. */
  readonly data?: unknown;
}

/**
 * The pages are made from the zod schemas of the routes, but look only at routes whose parameter types the compiler noted,
 * which ours does not do: note that one parameter of a path is text and all else an object; schemas say the rest.
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

/** What every route may answer instead: see sendProblem. */
const PROBLEM = {
  status: 'default',
  description: 'A fault; docs/errors.md lists the codes.',
  headers: {
    'Retry-After': { description: 'Seconds, where waiting helps', schema: { type: 'integer' } },
  },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
} satisfies ApiResponseOptions;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A word of the caller’s own. The same request with the same word is done once, and answered alike for a day; another ' +
    'request with it is refused. Uploads of models are the same by their content, and need none.',
  schema: { type: 'string', maxLength: 200 },
} as const;
const WRITES = ['post', 'put', 'patch', 'delete'] as const;

/** Every route may answer with one, so its schema is there once. */
function withProblem(document: OpenAPIObject): OpenAPIObject {
  const { components } = documentedSchema(problem);
  const schemas = { ...document.components?.schemas, ...components };
  return { ...document, components: { ...document.components, schemas } };
}

/** Every write may carry one, so it is said in one place. */
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

/** Serves both pages; the document is made at the first request. */
export function serveApiPages(app: NestFastifyApplication): void {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Flotilla')
    .setDescription(
      'The fleet, its models, its plans and its history. Faults are RFC 9457 problem documents.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An operator key' }, 'bearer')
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'A device: its id and its secret' })
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
  // Who opens the bare address in a browser wants to see something.
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
