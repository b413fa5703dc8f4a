/**
 * Where the broker is: as --mqtt says; else as it was reached last, as the service announces it (`GET /api/v1/broker`), or by the usual
 * port. After an attempt without an answer of the broker the service is asked again. If it answers, the next address is tried: a port may have
 * moved, and one behind a forwarding is not the one that the service listens on.
 */
import { z } from 'zod';
import type { DocumentStore } from '../../disk/document-store.js';
import { errorText, type Log } from '../../log.js';
import type { Settings } from '../../settings/settings-table.js';
import { bodyText, cloudRequest } from './cloud-request.js';
import type { Identity } from './identity.js';

const ANSWER_MS = 3000;
const USUAL_PORT = 1883;

const port = z.int().min(1).max(65_535).nullable();
/** The answer of the service; a newer one may have more fields. */
const announced = z.object({
  mqttPort: port,
  mqttsPort: port,
  webSocketPath: z.string().regex(/^\/[\w/.-]{0,200}$/),
  url: z
    .url({ protocol: /^(mqtts?|wss?)$/ })
    .max(500)
    .nullable(),
});
export type AnnouncedBroker = z.output<typeof announced>;

/** The address of each attempt to connect. */
export interface BrokerAddress {
  /** The address for the next attempt; resolves soon after the signal aborts. */
  next(stop: AbortSignal): Promise<string>;
  /** Notes whether a broker answered there, be it by a rejection. */
  note(url: string, hasAnswered: boolean): void;
}

/** One address for every attempt. */
export function fixedAddress(url: string): BrokerAddress {
  return { next: async () => url, note: () => undefined };
}

/** The addresses to try in turn, the likeliest first. An encrypted address of the cloud leads to no broker without encryption. */
export function candidates(cloud: string, broker: AnnouncedBroker | undefined): string[] {
  const { protocol, host, hostname } = new URL(cloud);
  const isSecure = protocol === 'https:';
  const { url, mqttPort, mqttsPort, webSocketPath } = broker ?? {};
  const plain = mqttPort == null ? [] : [`mqtt://${hostname}:${mqttPort}`];
  const secure = mqttsPort == null ? [] : [`mqtts://${hostname}:${mqttsPort}`];
  const webSocket = `${isSecure ? 'wss' : 'ws'}://${host}${webSocketPath ?? '/mqtt'}`;
  const all = isSecure
    ? [url ?? [], webSocket, secure].flat()
    : [
        url ?? [],
        plain,
        secure,
        `mqtt://${hostname}:${USUAL_PORT}`,
        broker ? webSocket : [],
      ].flat();
  return [...new Set(all)].filter((one) => !isSecure || /^(mqtts|wss):/.test(one));
}

export class AskedAddress implements BrokerAddress {
  private broker: AnnouncedBroker | undefined;
  /** Where the broker was reached last. */
  private known: string | undefined;
  private failures = 0;

  constructor(
    private readonly settings: Pick<Settings, 'cloud'>,
    private readonly identity: Pick<Identity, 'tls'>,
    private readonly documents: Pick<DocumentStore, 'read' | 'keep'>,
    private readonly log: Log,
  ) {
    const kept = documents.read('broker');
    if (kept?.cloud === settings.cloud) this.known = kept.url;
  }

  async next(stop: AbortSignal): Promise<string> {
    if (this.known !== undefined && this.failures === 0) return this.known;
    const answer = await this.ask(stop);
    this.broker = answer ?? this.broker;
    const { cloud } = this.settings;
    const all = [...new Set([this.known ?? [], candidates(cloud, this.broker)].flat())];
    // Without an answer the network or the service is away: another address is no better.
    const turn = answer === undefined ? 0 : this.failures;
    return all[turn % all.length] ?? cloud;
  }

  note(url: string, hasAnswered: boolean): void {
    this.failures = hasAnswered ? 0 : this.failures + 1;
    if (!hasAnswered || url === this.known) return;
    this.known = url;
    this.documents.keep('broker', { cloud: this.settings.cloud, url });
  }

  /** Undefined where the service does not say, as one of an earlier version, or something else answers. */
  private async ask(stop: AbortSignal): Promise<AnnouncedBroker | undefined> {
    const address = `${this.settings.cloud.replace(/\/$/, '')}/api/v1/broker`;
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]);
      const answer = await cloudRequest(address, { tls: this.identity.tls(), signal });
      const text = await bodyText(answer);
      return answer.statusCode === 200 ? announced.parse(JSON.parse(text)) : undefined;
    } catch (error) {
      this.log.debug(`${address}: ${errorText(error)}`);
      return undefined;
    }
  }
}
