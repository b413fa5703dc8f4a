/**
 * One valid request for every REST route that writes, in an order in which all of them succeed, and addresses for all that read.
 *
 * They are written from the pages of the interface, not from its code.
 */
import { randomBytes } from 'node:crypto';
import { tiny } from '../networks/models-api.js';
import { eventually } from '../processes/processes.js';

export interface Sent {
  readonly status: number;
  readonly text: string;
}

interface Write {
  /** As in OpenAPI: method and path. */
  readonly route: string;
  readonly path: string;
  /** JSON, or CSV as text. */
  readonly body?: unknown;
  readonly form?: () => FormData;
  readonly authorization?: string;
}

const secretText = () => randomBytes(32).toString('base64url');
const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

function formOf(seed: number): FormData {
  const { bytes, manifest } = tiny('tiny-chain', seed);
  const form = new FormData();
  form.set('manifest', JSON.stringify(manifest));
  form.set('file', new Blob([Buffer.from(bytes)]), `chain-${seed}.onnx`);
  return form;
}

/** What is used of an answer. */
interface Made {
  readonly id: string;
  readonly secret: string;
  readonly token: string;
  readonly document: { readonly blocks: readonly { readonly digest: string }[] };
}

/** A service with one of everything, and the requests about them. */
export class FilledService {
  private readonly ids: Record<string, string> = {};
  private secret = '';
  private waiting = '';
  private token = '';

  private constructor(
    private url: string,
    private readonly key: string,
  ) {}

  /** Enrols devices, uploads models, and makes a key, a token, a command and a rollout. */
  static async of(url: string, key: string): Promise<FilledService> {
    const filled = new FilledService(url, key);
    await filled.fill();
    return filled;
  }

  /** The service has started again elsewhere. */
  moveTo(url: string): void {
    this.url = url;
  }

  /** The secret of the device `pi`. */
  get secretOfPi(): string {
    return this.secret;
  }

  upload(seed: number, prefer = ''): Promise<Sent> {
    const form = () => formOf(seed);
    return this.send({ route: 'POST /api/v1/models', path: '/api/v1/models', form }, prefer);
  }

  async get(path: string, authorization = `Bearer ${this.key}`): Promise<Sent> {
    const response = await fetch(`${this.url}${path}`, { headers: { authorization } });
    return { status: response.status, text: await response.text() };
  }

  /** Answers one route that reads, about a thing that there is. */
  read(route: string): Promise<Sent> {
    const [method, pattern = ''] = route.split(' ');
    if (method === 'POST') {
      const body = { device: 'pi', trace: { uplink: 'LTE short', seconds: 60 } };
      return this.send({ route, path: pattern, body });
    }
    const kind = /^\/api\/v1\/([a-z-]+)\/\{/.exec(pattern)?.[1] ?? '';
    const named = { name: kind === 'groups' ? 'lab' : 'model', frame: '0'.repeat(32) };
    const places: Record<string, string> = { ...named, ...this.ids, id: this.ids[kind] ?? '' };
    const path = pattern.replaceAll(/\{(\w+)\}/g, (_, place: string) => places[place] ?? '');
    const isOwn = path === '/api/v1/enrolment';
    return this.get(path, isOwn ? basic('waits', this.waiting) : undefined);
  }

  async send({ route, path, body, form, authorization }: Write, prefer = ''): Promise<Sent> {
    const isText = typeof body === 'string';
    const response = await fetch(`${this.url}${path}`, {
      method: route.split(' ')[0] ?? '',
      headers: {
        authorization: authorization ?? `Bearer ${this.key}`,
        ...(prefer !== '' && { prefer }),
        ...(body !== undefined && { 'content-type': isText ? 'text/csv' : 'application/json' }),
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
      ...(form !== undefined && { body: form() }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** One valid request for each route that writes. */
  writes(): readonly Write[] {
    const {
      models = '',
      devices = '',
      rollouts = '',
      keys = '',
      tokens = '',
      spare = '',
    } = this.ids;
    const at = (route: string, id: string, body?: unknown): Write => {
      const [, path = ''] = route.split(' ');
      return { route, path: path.replace(/\{\w+\}/, id), body };
    };
    const target = { devices: [devices] };
    return [
      at('POST /api/v1/keys', '', { name: 'one more', role: 'viewer' }),
      at('POST /api/v1/enrolment-tokens', '', { name: 'one more' }),
      at('POST /api/v1/enrolment', '', { token: this.token, id: 'new', secret: secretText() }),
      at('POST /api/v1/devices', '', { id: 'more', tags: ['camera'] }),
      at('PATCH /api/v1/devices/{id}', devices, { name: 'Another', tags: ['one', 'two'] }),
      at('POST /api/v1/devices/{id}/approve', 'waits'),
      {
        ...at('PUT /api/v1/enrolment/secret', '', { secret: secretText(), overlapS: 60 }),
        authorization: basic('own', this.waiting),
      },
      at('POST /api/v1/devices/{id}/secret', 'waits', { overlapS: 0 }),
      at('POST /api/v1/devices/{id}/revoke', 'waits'),
      at('POST /api/v1/devices/bulk', '', 'id,name\nb-1,One\nb-2,Two\n'),
      at('PATCH /api/v1/groups/{name}', 'lab', { deadlineMs: 700 }),
      at('PATCH /api/v1/models/{id}', models, { policy: 'half' }),
      { route: 'POST /api/v1/models', path: '/api/v1/models', form: () => formOf(3) },
      at('POST /api/v1/commands', '', { kind: 'ping', target }),
      at('POST /api/v1/rollouts', '', { change: { model: spare }, target: { devices: ['idle'] } }),
      at('POST /api/v1/rollouts/{id}/pause', rollouts),
      at('POST /api/v1/rollouts/{id}/resume', rollouts),
      at('POST /api/v1/rollouts/{id}/rollback', rollouts),
      at('PUT /api/v1/devices/{id}/shadow/model', devices, { model: null }),
      at('DELETE /api/v1/models/{id}', this.ids.unused ?? ''),
      at('DELETE /api/v1/keys/{id}', keys),
      at('DELETE /api/v1/enrolment-tokens/{id}', tokens),
      at('DELETE /api/v1/devices/{id}', 'idle'),
    ];
  }

  private async made(route: string, body?: unknown, form?: () => FormData): Promise<Made> {
    const sent = await this.send({
      route: `POST ${route}`,
      path: route,
      body,
      ...(form && { form }),
    });
    if (sent.status > 299) throw new Error(`${route}: ${sent.text}`);
    return JSON.parse(sent.text);
  }

  private async fill(): Promise<void> {
    const uploaded = (seed: number) => this.made('/api/v1/models', undefined, () => formOf(seed));
    const model = await uploaded(1);
    const spare = await uploaded(2);
    const unused = await uploaded(4);
    const digest = model.document.blocks[0]?.digest ?? '';
    Object.assign(this.ids, { models: model.id, spare: spare.id, unused: unused.id, digest });
    const device = { model: model.id, group: 'lab' };
    this.secret = (await this.made('/api/v1/devices', { id: 'pi', ...device })).secret;
    await this.made('/api/v1/devices', { id: 'idle', ...device });
    await this.made('/api/v1/devices', { id: 'other', ...device });
    const token = await this.made('/api/v1/enrolment-tokens', { name: 'cameras', uses: 5 });
    this.token = token.token;
    this.waiting = secretText();
    const own = { token: this.token, id: 'waits', secret: this.waiting };
    await this.made('/api/v1/enrolment', own);
    await this.made('/api/v1/enrolment', { ...own, id: 'own' });
    await this.made('/api/v1/devices/own/approve');
    const key = await this.made('/api/v1/keys', { name: 'night shift', role: 'operator' });
    const target = { devices: ['pi'] };
    const command = await this.made('/api/v1/commands', { kind: 'ping', target });
    const change = { model: spare.id };
    const rollout = await this.made('/api/v1/rollouts', { change, target: { devices: ['other'] } });
    // Its only device is offline: from then on nothing of it changes by itself.
    await eventually('the rollout to wait for its device', async () => {
      const { text } = await this.get(`/api/v1/rollouts/${rollout.id}`);
      return text.includes('can come until') || undefined;
    });
    Object.assign(this.ids, {
      ...{ devices: 'pi', commands: command.id, rollouts: rollout.id },
      ...{ keys: key.id, tokens: token.id, 'enrolment-tokens': token.id },
    });
  }
}
