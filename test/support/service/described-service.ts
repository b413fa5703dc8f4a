/** Has a service of a test check each of its JSON answers against its own OpenAPI document as it is sent. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DescribedAnswers } from './described-answers.js';

const DOCUMENT_URL = '/openapi.json';

/**
 * Sends a fault instead of an answer that is not as described, and keeps its text: the list that is given back, for the end
 * of a test that did not look. The document is asked for at the first answer.
 */
export function checkAnswers(app: NestFastifyApplication): readonly string[] {
  const faults: string[] = [];
  let answers: Promise<DescribedAnswers> | undefined;
  const described = async () => new DescribedAnswers((await app.inject(DOCUMENT_URL)).json());
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', async (request, reply, payload) => {
      const mediaType = String(reply.getHeader('content-type') ?? '').split(';')[0] ?? '';
      const { method, url } = request;
      if (typeof payload !== 'string' || payload === '' || url === DOCUMENT_URL) return payload;
      answers ??= described();
      const answer = { method, url, status: reply.statusCode, mediaType, text: payload };
      const fault = (await answers).faultOf(answer);
      if (fault === undefined) return payload;
      faults.push(fault);
      reply.status(500).removeHeader('content-length');
      return JSON.stringify({ undescribed: fault });
    });
  return faults;
}
