/** Maps errors to HTTP responses: problem documents (RFC 9457) that never show a stack. */
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  NotFoundException,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { FAULTS, Fault, type FaultCode, fileFaultOf } from '../../wire/index.js';
import type { Clock } from '../clock.js';
import { databaseTroubleOf, faultOfTrouble } from '../database/failures/database-trouble.js';
import type { DiskWatch } from '../disk/disk-watch.js';
import type { Log } from '../log.js';
import { LimitedLog } from '../rates/limited-log.js';
import type { HttpRefusals } from './refusals.js';
import type { KnownPaths } from './requests/known-paths.js';

const CODE_OF_STATUS: Readonly<Record<number, FaultCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'ROUTE_UNKNOWN',
  405: 'METHOD_NOT_ALLOWED',
  413: 'UPLOAD_TOO_LARGE',
  415: 'UPLOAD_TYPE',
  429: 'RATE_LIMITED',
};

const codes = Object.keys(FAULTS) as [FaultCode, ...FaultCode[]];

/** A fault as a problem document. */
export const problem = z
  .object({
    type: z.string().meta({ example: 'urn:flotilla:fault:DEVICE_UNKNOWN' }),
    title: z.string().describe('Meaning of the code.'),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string().describe('What is wrong, where, and what to do.'),
  })
  .meta({ id: 'Problem' });

/** The status of errors of Nest, Fastify and its plugins. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The fault for the client; an unexpected error only names the request to look up in the log. */
export function httpFault(error: unknown, requestId: string): Fault {
  if (error instanceof Fault) return error;
  const status = statusOf(error);
  if (error instanceof Error && status !== undefined && status < 500) {
    const code = CODE_OF_STATUS[status] ?? 'REQUEST_INVALID';
    const advice = status === 415 ? '; send application/json' : '';
    return new Fault(code, `${error.message}${advice}`, { cause: error });
  }
  const trouble = databaseTroubleOf(error);
  if (trouble !== undefined) return faultOfTrouble(trouble, error);
  const ofFile = fileFaultOf(error, 'the data folder');
  if (ofFile !== undefined) return ofFile;
  const detail = `unexpected error; see request ${requestId} in the log`;
  return new Fault('INTERNAL', detail, { cause: error });
}

/** An operator finds the request of an answer in the log, unless very many fail alike. */
const LINES = { burst: 50, perMinute: 60 };

@Catch()
export class FaultFilter implements ExceptionFilter {
  private readonly lines: LimitedLog;

  constructor(
    private readonly refusals: HttpRefusals,
    private readonly disk: Pick<DiskWatch, 'named' | 'note' | 'noteServer'>,
    private readonly paths: KnownPaths,
    log: Log,
    clock: Clock,
  ) {
    this.lines = new LimitedLog(log, clock, LINES);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const found = this.withoutRoute(error, request, reply) ?? httpFault(error, request.id);
    const fault = this.disk.named(found);
    this.refusals.answered(request, fault);
    this.disk.note(fault);
    const trouble = error instanceof Fault ? undefined : databaseTroubleOf(error);
    if (trouble?.isOfServer === true) this.disk.noteServer(trouble.text);
    if (fault.kind === 'bug') {
      const fields = { err: fault.cause ?? fault, request: request.id, method: request.method };
      const url = request.url.split('?')[0];
      this.lines.error({ ...fields, url }, fault.message, `${request.method} ${fault.code}`);
    }
    // The headers are sent: closing the stream is the only way to report the fault.
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, fault);
  }

  /** The fault of a request for a path that has other methods, which are then the header `Allow`. */
  private withoutRoute(
    error: unknown,
    { method, url }: FastifyRequest,
    reply: FastifyReply,
  ): Fault | undefined {
    if (!(error instanceof NotFoundException)) return undefined;
    const methods = this.paths.methodsOf(url);
    if (methods.length === 0) return undefined;
    const allowed = methods.join(', ');
    reply.header('allow', allowed);
    return new Fault('METHOD_NOT_ALLOWED', `${method} is not allowed here; allowed: ${allowed}`);
  }
}

/** The problem document of a fault. */
export function problemOf(fault: Fault): z.infer<typeof problem> {
  return {
    type: `urn:flotilla:fault:${fault.code}`,
    title: FAULTS[fault.code].about,
    status: fault.status,
    code: fault.code,
    detail: fault.message,
  };
}

/** Sends the problem document of a fault. */
export function sendProblem(reply: FastifyReply, fault: Fault): void {
  if (fault.status === 401) reply.header('www-authenticate', 'Bearer');
  if (fault.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1000));
  }
  reply.status(fault.status).header('content-type', 'application/problem+json');
  reply.send(JSON.stringify(problemOf(fault)));
}
