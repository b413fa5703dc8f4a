/**
 * The emitter and the persistence that Aedes is given: they distribute nothing and keep nothing, since nothing needs it here.
 *
 * Messages of devices end in the authorisation hook, messages to devices are written to their session, sessions are clean ones,
 * and documents are retained by `RetainedDocuments`. Aedes' own parts would add every subscription to a tree, search it at
 * every message, and open streams over no messages: more than half of what a connection costs.
 */
import { Readable } from 'node:stream';
import type { Client, PublishPacket } from 'aedes';

type Done = (error?: Error | null) => void;

/** What Aedes uses of an emitter (`mqemitter`). */
export class SilentEmitter {
  on(_topic: string, _listener: unknown, done?: Done): this {
    done?.();
    return this;
  }

  removeListener(_topic: string, _listener: unknown, done?: Done): this {
    done?.();
    return this;
  }

  emit(_packet: unknown, done?: Done): this {
    done?.();
    return this;
  }

  close(done?: Done): this {
    done?.();
    return this;
  }
}

/** A stream of nothing that is piped nowhere: its reader is not woken only to hear of an end. */
const NOTHING = { pipe: <T>(target: T): T => target };

/**
 * What Aedes uses of a persistence (`aedes-persistence`). It keeps only QoS 2 publishes until their PUBREL (MQTT 3.1.1, 4.3.3), as
 * long as their client lives; Aedes bounds their number.
 */
export class ForgetfulPersistence {
  private readonly incoming = new WeakMap<Client, Map<number, PublishPacket>>();

  async setup(): Promise<void> {}

  // Sessions are clean ones.
  async cleanSubscriptions(): Promise<void> {}
  async addSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async subscriptionsByClient(): Promise<never[]> {
    return [];
  }
  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }

  // No message waits for a client that is away.
  async outgoingEnqueue(): Promise<void> {}
  async outgoingEnqueueCombi(): Promise<void> {}
  async outgoingUpdate(): Promise<void> {}
  async outgoingClearMessageId(): Promise<void> {}
  outgoingStream(): Readable {
    return new Readable({
      objectMode: true,
      read() {
        this.push(null);
      },
    });
  }

  // Nothing is retained here.
  async storeRetained(): Promise<void> {}
  createRetainedStreamCombi(): typeof NOTHING {
    return NOTHING;
  }

  // A last will is kept by its client: other brokers, which would send it, there are none.
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}
  streamWill(): Readable {
    return this.outgoingStream();
  }

  async incomingStorePacket(client: Client, packet: PublishPacket): Promise<void> {
    const packets = this.incoming.get(client) ?? new Map<number, PublishPacket>();
    this.incoming.set(client, packets);
    if (packet.messageId !== undefined) packets.set(packet.messageId, packet);
  }

  /** Rejects when there is no such packet: Aedes takes that for a new one. */
  async incomingGetPacket(
    client: Client,
    { messageId = 0 }: { readonly messageId?: number | undefined },
  ): Promise<PublishPacket> {
    const packet = this.incoming.get(client)?.get(messageId);
    if (packet === undefined) throw new Error('no such packet');
    return packet;
  }

  async incomingDelPacket(
    client: Client,
    { messageId = 0 }: { readonly messageId?: number | undefined },
  ): Promise<void> {
    if (this.incoming.get(client)?.delete(messageId) !== true) throw new Error('no such packet');
  }

  async cleanIncoming(client: Client): Promise<void> {
    this.incoming.delete(client);
  }
}
