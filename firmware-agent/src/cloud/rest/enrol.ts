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
import { Fault, type FaultCode } from '../../../../src/wire/index.js';
import { pause } from '../../clock.js';
import { replaceFile } from '../../disk/atomic-file.js';
import { errorText, type Log } from '../../log.js';
import type { Settings } from '../../settings/settings-table.js';
import { Backoff } from './backoff.js';
import { bodyText, cloudRequest, faultIn } from './cloud-request.js';
import { Identity } from './identity.js';

const SECRET_BYTES = 32;
const ANSWER_TIMEOUT_MS = 30_000;

const enrolled = z.object({ device: z.object({ id: z.string(), access: z.string() }) });
/** Verdicts of the service about the token or the device; any other answer may change by itself. */
const REFUSALS: readonly FaultCode[] = ['ENROLMENT_REFUSED', 'REQUEST_INVALID', 'DEVICE_EXISTS'];

/**
 * Adds a secret to settings that have a token and no secret yet. Retries until the service answers, or the signal aborts; throws the
 * service's rejection. An answer of anybody in between is no rejection.
 */
export async function enrol(settings: Settings, log: Log, stop: AbortSignal): Promise<void> {
  const { token, secret: known, secretFile, device } = settings;
  if (token === undefined || known !== undefined || secretFile === undefined) return;
  mkdirSync(dirname(secretFile), { recursive: true, mode: 0o700 });
  const pending = `${secretFile}.pending`;
  const secret = ownSecret(pending);
  const backoff = new Backoff();
  for (;;) {
    const answer = await ask(settings, { token, id: device, secret }, stop);
    if (stop.aborted && answer.kind !== 'enrolled') return;
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
    await pause(waitMs, stop);
    if (stop.aborted) return;
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

async function ask(settings: Settings, body: object, stop: AbortSignal): Promise<Outcome> {
  const address = `${settings.cloud.replace(/\/$/, '')}/api/v1/enrolment`;
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const tls = new Identity(settings).tls();
    const answer = await cloudRequest(address, { method: 'POST', body, tls, signal });
    return outcomeOf(answer.statusCode ?? 0, await bodyText(answer));
  } catch (error) {
    return { kind: 'failed', why: `${address}: ${errorText(error)}` };
  }
}

function outcomeOf(status: number, text: string): Outcome {
  const fault = faultIn(text);
  if (fault !== undefined && REFUSALS.includes(fault.code)) {
    const refusal = new Fault(fault.code, `enrolment rejected: ${fault.message}`);
    return { kind: 'refused', fault: refusal };
  }
  if (fault !== undefined) return { kind: 'failed', why: fault.message };
  const done = status === 200 ? enrolled.safeParse(JSON.parse(text)) : undefined;
  if (done?.success) return { kind: 'enrolled', access: done.data.device.access };
  return { kind: 'failed', why: `an answer ${status} that is not of the service` };
}
