/** Asks the service for the time, over HTTP: what a month is must not depend on the clock of a board. */
import { z } from 'zod';
import { bodyText, cloudRequest } from '../cloud/rest/cloud-request.js';
import type { Identity } from '../cloud/rest/identity.js';
import type { AgentSockets } from './sockets.js';

const ANSWER_MS = 30_000;
/** No time before this agent was written, and none in a hundred years, is the time. */
const BETWEEN = [Date.UTC(2026, 0, 1), Date.UTC(2126, 0, 1)] as const;

const live = z.object({ status: z.literal('live') });

export interface TimeSource {
  readonly cloud: string;
  readonly identity: Identity;
  readonly sockets: AgentSockets;
}

/** The time of the service in ms since 1970, to a second; undefined without an answer, and for any answer that is not of the service. */
export async function timeOfCloud(
  { cloud, identity, sockets }: TimeSource,
  stop: AbortSignal,
): Promise<number | undefined> {
  try {
    const address = `${cloud.replace(/\/$/, '')}/health/live`;
    const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]);
    const agent = sockets.agentOf(address);
    const answer = await cloudRequest(address, { tls: identity.tls(), signal, agent });
    const isLive = live.safeParse(JSON.parse(await bodyText(answer))).success;
    const atMs = Date.parse(answer.headers.date ?? '');
    return isLive && atMs >= BETWEEN[0] && atMs <= BETWEEN[1] ? atMs : undefined;
  } catch {
    return undefined;
  }
}
