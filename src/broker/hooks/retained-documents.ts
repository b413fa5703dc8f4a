/**
 * The last retained message of every cloud topic; a device gets it when it subscribes.
 *
 * Not kept in Aedes, whose emitter delivers retained messages: there, one device that does not read delays all others.
 * Bounded by the wire table: one document per device and retained row. Documents are kept as values and encoded when a device asks:
 * those who publish them keep the same values, and devices share what they have in common, such as a model.
 */
import { Injectable } from '@nestjs/common';
import {
  encodeMessage,
  isSentBy,
  messageNames,
  messages,
  type Payload,
  type SentBy,
  topicOf,
} from '../../wire/index.js';

const retainedNames = messageNames.filter(
  (name) => isSentBy(name, 'cloud') && messages[name].retain,
);

@Injectable()
export class RetainedDocuments {
  private readonly byTopic = new Map<string, () => Uint8Array>();

  /** Keeps a document, which must not change any more. */
  keep<N extends SentBy<'cloud'>>(name: N, device: string, payload: Payload<N>): void {
    this.byTopic.set(topicOf(name, device), () => encodeMessage(name, payload));
  }

  /** The bytes of the document of a topic; undefined when there is none. */
  of(topic: string): Uint8Array | undefined {
    return this.byTopic.get(topic)?.();
  }

  /** Forgets every document of a device. */
  clear(device: string): void {
    for (const name of retainedNames) this.byTopic.delete(topicOf(name, device));
  }
}
