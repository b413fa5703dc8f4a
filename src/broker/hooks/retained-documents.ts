/**
 * The last retained message of every cloud topic; a device gets it when it subscribes.
 *
 * Not kept in Aedes, whose emitter delivers retained messages: there, one device that does not read delays all others.
 * Bounded by the wire table: one document per device and retained row.
 */
import { Injectable } from '@nestjs/common';
import { isSentBy, messageNames, messages, topicOf } from '../../wire/index.js';

const retainedNames = messageNames.filter(
  (name) => isSentBy(name, 'cloud') && messages[name].retain,
);

@Injectable()
export class RetainedDocuments {
  private readonly byTopic = new Map<string, Uint8Array>();

  keep(topic: string, bytes: Uint8Array): void {
    this.byTopic.set(topic, bytes);
  }

  of(topic: string): Uint8Array | undefined {
    return this.byTopic.get(topic);
  }

  /** Forgets every document of a device. */
  clear(device: string): void {
    for (const name of retainedNames) this.byTopic.delete(topicOf(name, device));
  }
}
