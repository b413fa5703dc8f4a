/** The Nest application on Fastify: log, problem documents, API pages, security headers. */
import { randomUUID } from 'node:crypto';
import { Server as TlsServer } from 'node:tls';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from './clock.js';
import type { Config } from './config/config.js';
import { LoadReport } from './health/load-report.js';
import { serveApiPages } from './http/api-pages.js';
import { watchBodies } from './http/body-pace.js';
import { answerClientError } from './http/client-errors.js';
import { compressAnswers } from './http/compression.js';
import { HttpSockets, httpOptions, IDLE_MS } from './http/connections/http-sockets.js';
import { PipelinedRequests } from './http/connections/pipelined-requests.js';
import { httpFault, sendProblem } from './http/fault-filter.js';
import { checkHosts } from './http/host-header.js';
import { HttpRefusals } from './http/refusals.js';
import { KnownPaths } from './http/requests/known-paths.js';
import { type Log, nestLogger } from './log.js';
import { PlatformModule } from './platform.module.js';
import { Certificates } from './tls/certificates.js';

const JSON_LIMIT_BYTES = 1024 ** 2;

/** A module on top of the platform, not yet listening; rejects when a part cannot be built. */
export async function createApplication(
  part: Type,
  config: Config,
  log: Log,
  clock = new Clock(),
): Promise<NestFastifyApplication> {
  const certificates = Certificates.open(config, log, clock);
  const https = certificates.settings;
  const options = httpOptions(config);
  const refusals = new HttpRefusals(log, clock);
  const pipelined = new PipelinedRequests();
  const adapter = new FastifyAdapter({
    ...(https === undefined
      ? { http: options }
      : // A client without a certificate authenticates by its secret.
        { https: { ...https, ...options, rejectUnauthorized: false } }),
    connectionTimeout: IDLE_MS,
    bodyLimit: JSON_LIMIT_BYTES,
    genReqId: () => randomUUID(),
    clientErrorHandler: answerClientError(refusals, pipelined),
    // A malformed URL is rejected before Nest sees it.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, httpFault(error, request.id)),
  });
  const paths = new KnownPaths();
  paths.watch(adapter.getInstance());
  const ground = { config, log, clock, certificates, refusals, pipelined, paths };
  const platform = PlatformModule.with(ground);
  const root = { module: part, imports: [platform] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLogger(log),
    abortOnError: false,
    return503OnClosing: true,
    // Fastify parses JSON itself; forms are not accepted.
    bodyParser: false,
  });
  const server: unknown = app.getHttpServer();
  if (server instanceof TlsServer) certificates.renewOn(server);
  const sockets = app.get(HttpSockets);
  sockets.watch(app.getHttpServer());
  pipelined.watch(app.getHttpServer());
  checkHosts(adapter.getInstance());
  app.get(LoadReport).register('http', () => sockets.counts());
  watchBodies(adapter.getInstance(), config, refusals);
  // Strict-Transport-Security would apply to every port of the host, including those of other services.
  app.useSecurityHeaders({
    strictTransportSecurity: false,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  });
  adapter.getInstance().removeContentTypeParser('text/plain');
  await compressAnswers(app);
  serveApiPages(app);
  return app;
}
