/**
 * The last retained message of every cloud topic; a device gets it when it subscribes.
 *
 * Not kept in Aedes, whose emitter delivers retained messages: there, one device that does not read delays all others.
 * Bounded by the wire table: one document per device and retained row. Documents are kept as values and encoded when a device asks:
 * those who publish them keep the same values, and devices share what they have in common, such as a model.
 */
import { Injectable } from '@nestjs/common';
import { type MessageName, type Payload, parseTopic, type SentBy } from '../../wire/index.js';
import { encodeForDevice } from './sealed-documents.js';

@Injectable()
export class RetainedDocuments {
  /** By row of the wire table and device: topics as keys, and a function for each, would take 250 bytes a document. */
  private readonly rows = new Map<MessageName, Map<string, unknown>>();

  /** Keeps a document, which must not change any more. */
  keep<N extends SentBy<'cloud'>>(name: N, device: string, payload: Payload<N>): void {
    const documents = this.rows.get(name) ?? new Map<string, unknown>();
    documents.set(device, payload);
    this.rows.set(name, documents);
  }

  /** The bytes of the document of a topic; undefined when there is none. */
  of(topic: string): Uint8Array | undefined {
    const parsed = parseTopic(topic);
    if (parsed === undefined) return undefined;
    const { name, device } = parsed;
    const payload = this.rows.get(name)?.get(device);
    if (payload === undefined) return undefined;
    return encodeForDevice(name, payload as Payload<typeof name>);
  }

  /** Forgets every document of a device. */
  clear(device: string): void {
    for (const documents of this.rows.values()) documents.delete(device);
  }
}
