/** Models that are ready, as planning needs them; devices that run the same model share one. */
import { Inject, Injectable } from '@nestjs/common';
import { type EncodingRules, ModelsService } from '../models/index.js';
import type { ModelDocument } from '../wire/index.js';
import type { BlockTimes } from './network.js';

export interface ReadyModel {
  readonly id: string;
  readonly document: ModelDocument;
  readonly cloudMs: BlockTimes;
  readonly encodingRules: EncodingRules;
}

@Injectable()
export class ModelShelf {
  private readonly ready = new Map<string, Promise<ReadyModel | undefined>>();

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

  forget(id: string): void {
    this.ready.delete(id);
  }

  private async read(id: string): Promise<ReadyModel | undefined> {
    const document = await this.models.documentOf(id);
    const cloudMs = await this.models.cloudTimesOf(id);
    const encodingRules = await this.models.encodingRulesOf(id);
    return document && cloudMs && encodingRules
      ? { id, document, cloudMs, encodingRules }
      : undefined;
  }
}
