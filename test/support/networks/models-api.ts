/** Calls of the REST interface of models, and the tiny networks as uploads. */
import { setTimeout as sleep } from 'node:timers/promises';
import { referenceNetworks, serializeModel } from '../../../src/onnx/index.js';
import type { ModelDocument, ModelManifest } from '../../../src/wire/index.js';

/** A tiny reference network as an upload. */
export function tiny(
  name: 'tiny-chain' | 'tiny-fork',
  seed = 1,
): { bytes: Uint8Array; manifest: ModelManifest } {
  const network = referenceNetworks.find((one) => one.name === name);
  if (network === undefined) throw new Error(name);
  return { bytes: serializeModel(network.build(seed)), manifest: network.manifest };
}

/** The body of a response: a model, or a problem. */
export interface ModelAnswer {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly state: string;
  readonly document: ModelDocument;
  readonly progress: unknown;
  readonly lastUpdate: { readonly state: string; readonly startedAt: string } | null;
  readonly manifest: ModelManifest;
  readonly findings: { readonly accuracy: { readonly source: string; readonly inputs: number } };
  readonly code: string;
  readonly detail: string;
}

interface Response {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ModelAnswer;
}

/** A client of one service. */
export class ModelsApi {
  constructor(private readonly url: string) {}

  /** Uploads the bytes alone. */
  async post(
    bytes: Uint8Array,
    { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return this.upload(query, {
      headers: { 'content-type': 'application/octet-stream', ...headers },
      body: Buffer.from(bytes),
    });
  }

  /** Uploads the bytes and fields of a form. */
  async postForm(
    bytes: Uint8Array,
    manifest?: unknown,
    fields: Record<string, string> = {},
  ): Promise<Response> {
    const form = new FormData();
    if (manifest !== undefined) form.set('manifest', JSON.stringify(manifest));
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([Buffer.from(bytes)]), 'My Net.onnx');
    return this.upload('', { body: form });
  }

  /** Uploads a form. */
  postParts(form: FormData, headers: Record<string, string> = {}): Promise<Response> {
    return this.upload('', { body: form, headers });
  }

  /** Changes a model: JSON, or a form. */
  async patch(
    reference: string,
    change: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const isForm = change instanceof FormData;
    const type = isForm ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${this.url}/api/v1/models/${reference}`, {
      ...{ method: 'PATCH', headers: { ...type, ...headers } },
      body: isForm ? change : JSON.stringify(change),
    });
    const body = (await response.json()) as ModelAnswer;
    return { status: response.status, headers: response.headers, body };
  }

  async get(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const response = await fetch(`${this.url}${path}`, { method, headers });
    return {
      status: response.status,
      headers: response.headers,
      bytes: Buffer.from(await response.arrayBuffer()),
    };
  }

  async json(path: string) {
    return JSON.parse((await this.get(path)).bytes.toString());
  }

  /** Polls a model for 15 s until its examination has ended. */
  async examined(path: string) {
    let model = await this.json(path);
    for (let i = 0; i < 300 && model.state === 'checking'; i++) {
      await sleep(50);
      model = await this.json(path);
    }
    return model;
  }

  private async upload(query: string, init: RequestInit): Promise<Response> {
    const response = await fetch(`${this.url}/api/v1/models${query}`, { method: 'POST', ...init });
    const body = (await response.json()) as ModelAnswer;
    return { status: response.status, headers: response.headers, body };
  }
}
