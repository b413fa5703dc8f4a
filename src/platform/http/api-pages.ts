/** The description of the REST interface: /openapi.json for programs, /docs for people, both without internet. */

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves both pages; the document is made at the first request. */
export function serveApiPages(app: NestFastifyApplication): void {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.0.3')
    .setTitle('Flotilla')
    .setDescription(
      'The fleet, its models, its plans and its history. Faults are RFC 9457 problem documents.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An operator key' })
    .addSecurityRequirements('bearer')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, outline), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Flotilla REST interface',
  });
}
