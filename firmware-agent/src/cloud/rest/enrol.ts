/**
 * Enrols a device that has no secret yet, with a token: the device makes its secret, sends it once, and keeps it (mode 0600).
 *
 * The secret is on disk before it is sent: when the answer is lost, or the power, the next try sends the same one, and the
 * cloud returns the same answer.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Fault, type FaultCode, isFaultCode } from '../../../../src/wire/index.js';
import { pause } from '../../clock.js';
import { replaceFile } from '../../disk/atomic-file.js';
import { errorText, type Log } from '../../log.js';
import type { Settings } from '../../settings/settings-table.js';
import { Backoff } from './backoff.js';
import { bodyText, cloudRequest } from './cloud-request.js';
import { Identity } from './identity.js';

const SECRET_BYTES = 32;
const ANSWER_TIMEOUT_MS = 30_000;

const enrolled = z.object({ device: z.object({ id: z.string(), access: z.string() }) });
const problem = z.object({ code: z.string(), detail: z.string() });

/** Adds a secret to settings that have a token and no secret yet. Retries until the cloud answers; throws its rejection. */
export async function enrol(settings: Settings, log: Log): Promise<void> {
  const { token, secret: known, secretFile, device } = settings;
  if (token === undefined || known !== undefined || secretFile === undefined) return;
  mkdirSync(dirname(secretFile), { recursive: true, mode: 0o700 });
  const pending = `${secretFile}.pending`;
  const secret = ownSecret(pending);
  const backoff = new Backoff();
  for (;;) {
    const answer = await ask(settings, { token, id: device, secret });
    if (answer.kind === 'enrolled') {
      renameSync(pending, secretFile);
      settings.secret = secret;
      const waits = answer.access === 'waiting' ? '; an operator has to approve it' : '';
      log.info(`device ${device} is enrolled${waits}; its secret is in ${secretFile}`);
      return;
    }
    if (answer.kind === 'refused') throw answer.fault;
    const waitMs = backoff.pauseMs(0);
    log.warn(`cannot enrol: ${answer.why}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
    await pause(waitMs);
  }
}

/** The secret of an earlier attempt, or a new one. */
function ownSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    replaceFile(path, secret);
    return secret;
  }
}

type Outcome =
  | { readonly kind: 'enrolled'; readonly access: string }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'failed'; readonly why: string };

async function ask(settings: Settings, body: object): Promise<Outcome> {
  const address = `${settings.cloud.replace(/\/$/, '')}/api/v1/enrolment`;
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const tls = new Identity(settings).tls();
    const answer = await cloudRequest(address, { method: 'POST', body, tls, signal });
    return outcomeOf(answer.statusCode ?? 0, JSON.parse(await bodyText(answer)));
  } catch (error) {
    return { kind: 'failed', why: `${address}: ${errorText(error)}` };
  }
}

function outcomeOf(status: number, content: unknown): Outcome {
  const done = enrolled.safeParse(content);
  if (status === 200 && done.success) return { kind: 'enrolled', access: done.data.device.access };
  const problemBody = problem.safeParse(content);
  const why = problemBody.success ? problemBody.data.detail : `the cloud answers ${status}`;
  if (status >= 500 || status === 429 || !problemBody.success) return { kind: 'failed', why };
  const code: FaultCode = isFaultCode(problemBody.data.code)
    ? problemBody.data.code
    : 'ENROLMENT_REFUSED';
  return {
    kind: 'refused',
    fault: new Fault(code, `enrolment rejected: ${why}`),
  };
}
