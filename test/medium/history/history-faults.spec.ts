/**
 * The database away, slow or full while frames come in: the service goes on, records wait, health says what is wrong, and in the
 * end everything that was receipted is there, once.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { Database, type DatabaseKind } from '../../../src/platform/index.js';
import { decodeMessage, encodeMessage, seededRandom, topicOf } from '../../../src/wire/index.js';
import { generatedRecord } from '../../support/devices/generated-frames.js';
import { RecordedAsSent } from '../../support/history/recorded-as-sent.js';
import { eventually } from '../../support/processes/processes.js';
import { databaseKinds, testDatabase } from '../../support/service/databases.js';
import { type RunningService, startService } from '../../support/service/service.js';

const DEVICE = 'pi';
/** How long the database is away; thirty seconds in the long form. */
const AWAY_MS = Number(process.env.FLOTILLA_TEST_AWAY_MS ?? 2_000);
const random = seededRandom(3);

let running: RunningService | undefined;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  await running?.stop();
  running = undefined;
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(environment: Readonly<Record<string, string>>): Promise<RunningService> {
  running = await startService({ modules: [BrokerModule, RecordedAsSent], environment });
  running.app.get(Broker).useAuthenticator(async ({ device }) => ({ kind: 'accepted', device }));
  const device = { id: DEVICE, name: DEVICE, secretHash: '-' };
  await running.app.get(Database).client.device.create({ data: device });
  return running;
}

/** A source that the databases of these tests reject; see `poison`. */
const POISON = 'poison';

/** A device that sends a message with records every few milliseconds and notes receipts; some of its records may be poisoned. */
class Sender {
  readonly sent: string[] = [];
  readonly poisoned: string[] = [];
  readonly receipted = new Set<string>();
  /** The longest wait for a receipt so far. */
  worstMs = 0;
  private readonly sentMs = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: MqttClient,
    private readonly device: string,
    private readonly sources: readonly string[],
  ) {}

  /** Sends one record for each of the sources at a time. */
  static async start(
    service: RunningService,
    device = DEVICE,
    sources: readonly string[] = ['camera'],
    everyMs = 10,
  ): Promise<Sender> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.app.get(Broker).port}`, {
      ...{ clientId: device, username: device, password: 'any', reconnectPeriod: 0 },
    });
    closing.push(() => client.endAsync(true));
    const sender = new Sender(client, device, sources);
    client.on('message', (_, payload) => {
      for (const frame of decodeMessage('receipt', payload).frames) sender.receive(frame);
    });
    await client.subscribeAsync(topicOf('receipt', device), { qos: 1 });
    sender.timer = setInterval(() => sender.send(), everyMs);
    closing.push(() => sender.stop());
    return sender;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private send(): void {
    const records = this.sources.map((source) => {
      const frame = randomBytes(16).toString('hex');
      (source === POISON ? this.poisoned : this.sent).push(frame);
      this.sentMs.set(frame, performance.now());
      return { ...generatedRecord(random, 0, 5), frame, source };
    });
    const bytes = Buffer.from(encodeMessage('record', { v: 1, records }));
    this.client.publish(topicOf('record', this.device), bytes, { qos: 1 });
  }

  private receive(frame: string): void {
    this.receipted.add(frame);
    const waitedMs = performance.now() - (this.sentMs.get(frame) ?? Number.NEGATIVE_INFINITY);
    this.worstMs = Math.max(this.worstMs, waitedMs);
  }
}

interface Ready {
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly because?: string }>>;
}

async function health({ app }: RunningService): Promise<Ready & { readonly status: number }> {
  const answer = await app.inject('/health/ready');
  return { ...(answer.json() as Ready), status: answer.statusCode };
}

/** Everything sent is receipted, and in the database once. */
async function expectAll(service: RunningService, sender: Sender): Promise<void> {
  sender.stop();
  expect(service.logged.filter((line) => line.includes('records were skipped'))).toEqual([]);
  await eventually('all receipts', () => sender.receipted.size === sender.sent.length || undefined);
  const { client } = service.app.get(Database);
  const rows = await client.frame.findMany({ select: { frame: true } });
  expect(rows.map(({ frame }) => frame).sort()).toEqual([...sender.sent].sort());
  expect((await health(service)).status).toBe(200);
}

/** A door to PostgreSQL that can be shut, and can hold back what goes through. */
class Door {
  delayMs = 0;
  private isShut = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly target: URL,
    private readonly server: Server,
  ) {}

  static async before(url: string): Promise<Door> {
    const server = createServer();
    const door = new Door(new URL(url), server);
    server.on('connection', (socket) => door.pass(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(() => {
      door.shut();
      server.close();
    });
    return door;
  }

  get url(): string {
    const url = new URL(this.target);
    const address = this.server.address();
    if (address !== null && typeof address === 'object') url.port = `${address.port}`;
    return url.href;
  }

  shut(): void {
    this.isShut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  open(): void {
    this.isShut = false;
  }

  private pass(socket: Socket): void {
    if (this.isShut) {
      socket.destroy();
      return;
    }
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const [from, to] of [
      [socket, server],
      [server, socket],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.on('data', async (bytes) => {
        if (this.delayMs > 0) {
          from.pause();
          await sleep(this.delayMs);
          from.resume();
        }
        to.write(bytes);
      });
    }
  }
}

describe.skipIf(!databaseKinds.includes('postgresql'))('with PostgreSQL', () => {
  async function behindDoor(): Promise<{ door: Door; service: RunningService }> {
    const database = await testDatabase('postgresql');
    closing.push(() => database.remove());
    const door = await Door.before(database.environment.DATABASE_URL ?? '');
    return { door, service: await start({ DATABASE_URL: door.url }) };
  }

  it('keeps records while PostgreSQL is away, reports it in health, and loses or doubles none', async () => {
    const { door, service } = await behindDoor();
    const sender = await Sender.start(service);
    await eventually('a receipt', () => sender.receipted.size > 5 || undefined);
    door.shut();
    await sleep(AWAY_MS);
    const { status, checks } = await health(service);
    expect(status).toBe(503);
    expect(checks.database?.ok).toBe(false);
    expect(checks.history?.because).toMatch(/\d+ of \d+ records wait to be stored/);
    expect((await service.app.inject(`/api/v1/devices/${DEVICE}/latency`)).statusCode).toBe(503);
    expect((await service.app.inject('/health/live')).statusCode).toBe(200);
    const waitingBefore = sender.sent.length - sender.receipted.size;
    expect(waitingBefore).toBeGreaterThan(0);
    door.open();
    await expectAll(service, sender);
  });

  it('writes larger groups while PostgreSQL is slow, and receipts every record', async () => {
    const { door, service } = await behindDoor();
    const sender = await Sender.start(service);
    await eventually('a receipt', () => sender.receipted.size > 0 || undefined);
    door.delayMs = 150;
    await sleep(1_500);
    door.delayMs = 0;
    await expectAll(service, sender);
  });
});

describe('with SQLite', () => {
  it('keeps records while the disk is full, reports it in health, and stores them when there is room', async () => {
    const service = await start({});
    const sender = await Sender.start(service);
    await eventually('a receipt', () => sender.receipted.size > 5 || undefined);
    const { client } = service.app.get(Database);
    // A trigger that says what SQLite says when the disk is full: a real one would take the machine's.
    await client.$executeRawUnsafe(
      `CREATE TRIGGER "full" BEFORE INSERT ON "Frame" BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
    );
    const ill = await eventually('trouble', async () => {
      const { checks } = await health(service);
      return checks.history?.ok === false ? checks : undefined;
    });
    expect(ill.history?.because).toMatch(/records wait to be stored/);
    expect((await service.app.inject(`/api/v1/devices/${DEVICE}/frames`)).statusCode).toBe(200);
    await client.$executeRawUnsafe('DROP TRIGGER "full"');
    await expectAll(service, sender);
  });
});

/** Makes the database reject frames of a source, as it would values that it cannot hold. */
async function poison(service: RunningService, kind: DatabaseKind): Promise<void> {
  const { client } = service.app.get(Database);
  await client.$executeRawUnsafe(
    kind === 'sqlite'
      ? `CREATE TRIGGER "poison" BEFORE INSERT ON "Frame" WHEN NEW."source" = '${POISON}' BEGIN SELECT RAISE(ABORT, 'out of range'); END`
      : `ALTER TABLE "Frame" ADD CONSTRAINT "poison" CHECK ("source" IS DISTINCT FROM '${POISON}')`,
  );
}

describe.each(databaseKinds)('rows that the database rejects (%s)', (kind) => {
  it('delay no receipt of another device, leave the service ready, and fill no log', async () => {
    const database = await testDatabase(kind);
    closing.push(() => database.remove());
    const service = await start(database.environment);
    const data = { id: 'bad', name: 'bad', secretHash: '-' };
    await service.app.get(Database).client.device.create({ data });
    await poison(service, kind);
    const good = await Sender.start(service);
    await eventually('receipts', () => good.receipted.size > 50 || undefined);
    const calmMs = good.worstMs;
    const logBefore = service.logged.join('').length;
    const sources = ['camera', POISON, 'camera', 'camera'];
    const bad = await Sender.start(service, 'bad', sources, 100);
    for (let i = 0; i < 20; i++) {
      await sleep(100);
      expect((await health(service)).status).toBe(200);
    }
    good.stop();
    bad.stop();
    await eventually('the receipts of the good device', () =>
      good.receipted.size === good.sent.length ? true : undefined,
    );
    // The rows of the bad device cost commits of their own; a busy machine is slow without them, too.
    expect(good.worstMs).toBeLessThan(1_000 + 20 * calmMs);
    await eventually('the good records of the bad device', () =>
      bad.sent.every((frame) => bad.receipted.has(frame)) ? true : undefined,
    );
    expect(bad.poisoned.filter((frame) => bad.receipted.has(frame))).toEqual([]);
    expect(bad.poisoned.length).toBeGreaterThan(5);
    expect(service.logged.join('').length - logBefore).toBeLessThan(100_000);
    expect(service.logged.join('')).toContain('rejected records were skipped');
  }, 60_000);
});
