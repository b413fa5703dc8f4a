/** Models that are ready, as planning needs them; devices that run the same model share one. */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type EncodingRules, ModelsService } from '../../models/index.js';
import type { ModelDocument } from '../../wire/index.js';
import { CloudTimes } from './cloud-times.js';

const CONTENT_CHARACTERS = 16;

export interface ReadyModel {
  readonly id: string;
  readonly document: ModelDocument;
  /** Stands for what of the document changes while its blocks stay: inputs, outputs and policy. */
  readonly content: string;
  /** One for all devices; it outlives a change of the model's policy. */
  readonly cloud: CloudTimes;
  readonly encodingRules: EncodingRules;
}

@Injectable()
export class ModelShelf {
  private readonly ready = new Map<string, Promise<ReadyModel | undefined>>();
  private readonly cloudTimes = new Map<string, CloudTimes>();

  constructor(@Inject(ModelsService) private readonly models: ModelsService) {}

  /** A model; undefined when there is none with this id, or when it is not ready. */
  async find(id: string): Promise<ReadyModel | undefined> {
    const known = this.ready.get(id) ?? this.read(id);
    this.ready.set(id, known);
    try {
      const model = await known;
      if (model === undefined) this.ready.delete(id);
      return model;
    } catch (error) {
      this.ready.delete(id);
      throw error;
    }
  }

  /** What is learned of a model's blocks in the cloud; undefined for a model never requested. */
  cloudTimesOf(id: string): CloudTimes | undefined {
    return this.cloudTimes.get(id);
  }

  /** Fades what is known of a slow cloud, model by model. */
  fade(nowMs: number): void {
    for (const times of this.cloudTimes.values()) times.fade(nowMs);
  }

  /** Has the model read again at its next use. */
  reread(id: string): void {
    this.ready.delete(id);
  }

  forget(id: string): void {
    this.ready.delete(id);
    this.cloudTimes.delete(id);
  }

  private async read(id: string): Promise<ReadyModel | undefined> {
    const document = await this.models.documentOf(id);
    const examined = await this.models.cloudTimesOf(id);
    const encodingRules = await this.models.encodingRulesOf(id);
    if (!document || !examined || !encodingRules) return undefined;
    const decoding = encodingRules.decodeMsPerByte;
    const cloud = this.cloudTimes.get(id) ?? new CloudTimes(examined, decoding);
    this.cloudTimes.set(id, cloud);
    return { id, document, content: contentOf(document), cloud, encodingRules };
  }
}

function contentOf({ inputs, outputs, leaves = 'anything' }: ModelDocument): string {
  const text = JSON.stringify([inputs, outputs, leaves]);
  return createHash('sha256').update(text).digest('hex').slice(0, CONTENT_CHARACTERS);
}
