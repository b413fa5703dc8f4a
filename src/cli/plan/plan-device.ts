/** The planning instance of a device, as its service has it now. */
import { Fault } from '../../wire/index.js';

/** The variable that holds the operator key, as the service itself names it. */
const KEY = 'FLOTILLA_OPERATOR_KEY';
/** Max time until the whole answer is there. */
const LIMIT_MS = 30_000;

/** The text of the instance; throws INSTANCE_INVALID with the answer of the service. */
export async function instanceOfDevice(device: string, url: string): Promise<string> {
  const key = process.env[KEY];
  if (!key) throw fault(`set ${KEY} to an operator key`);
  const path = `/api/v1/devices/${encodeURIComponent(device)}/plan/instance`;
  const answer = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch((cause: unknown) => {
    throw fault(`cannot reach ${url}`, cause);
  });
  const text = await answer.text().catch((cause: unknown) => {
    throw fault(`the answer of ${url} broke off`, cause);
  });
  if (!answer.ok) throw fault(`the service answers ${answer.status}: ${detailOf(text)}`);
  return text;
}

/** The sentence of a problem document (RFC 9457), or the start of whatever came. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // Not the service of Flotilla: its words are all there is.
  }
  return text.slice(0, 100).replaceAll(/\s+/g, ' ');
}

function fault(message: string, cause?: unknown): Fault {
  return new Fault('INSTANCE_INVALID', `--from-device: ${message}`, { cause });
}
