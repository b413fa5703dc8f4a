/** The agent: its parts put together, its start and its end. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Birth } from '../../src/wire/index.js';
import { bootId, monotonicMs } from './clock.js';
import { Answers } from './cloud/answers.js';
import { PROBE_BYTES, Prober } from './cloud/prober.js';
import { RecordSender } from './cloud/record-sender.js';
import { Session } from './cloud/session.js';
import { TelemetrySender } from './cloud/telemetry.js';
import { Uploader } from './cloud/uploader.js';
import { Compute } from './compute/compute.js';
import { BlockStore } from './disk/block-store.js';
import { lockFolder } from './disk/data-lock.js';
import { DocumentStore } from './disk/document-store.js';
import { Ledger } from './disk/ledger.js';
import { Assignments } from './frames/assignments.js';
import { framePrinter } from './frames/frame-printer.js';
import { FrameQueue } from './frames/frame-queue.js';
import { spokenEncodings } from './frames/plan-check.js';
import { runFiles } from './inputs/folder-source.js';
import { formatOf } from './inputs/frame-input.js';
import { InferEndpoint } from './inputs/infer-endpoint.js';
import { type FrameFiles, listFrames } from './inputs/input-files.js';
import { MjpegSource } from './inputs/mjpeg-source.js';
import { ByteBudget } from './link/byte-budget.js';
import { LinkEstimator } from './link/link-estimator.js';
import type { Log } from './log.js';
import type { Settings } from './settings/settings-table.js';
import { AGENT_VERSION } from './version.js';

/** How long a stopping agent waits for receipts of its last records. */
const STOP_FLUSH_MS = 2000;

export interface AgentHost {
  /** Module that serves the compute thread. */
  readonly computeEntry: URL;
  readonly log: Log;
  readonly print: (text: string) => void;
}

/** Exit codes: 0 done, 1 records not receipted or a part lost, 2 the credential was refused. */
export type ExitCode = 0 | 1 | 2;

export class Agent {
  private readonly stop = new AbortController();
  private readonly estimator = new LinkEstimator();
  private readonly frames: readonly FrameFiles[];
  private readonly unlock: () => void;
  private readonly ledger: Ledger;
  private readonly blocks: BlockStore;
  private readonly compute: Compute;
  private readonly session: Session;
  private readonly records: RecordSender;
  private readonly telemetry: TelemetrySender;
  private readonly queue: FrameQueue;
  private readonly assignments: Assignments;
  private readonly prober: Prober;
  private exitCode: ExitCode = 0;

  /** Throws CONFIG_INVALID for inputs that are not there and DATA_LOCKED for a folder in use. */
  constructor(
    private readonly settings: Settings,
    private readonly host: AgentHost,
  ) {
    const { log } = host;
    const { cloud, device, secret = '', data, threads, slowdown } = settings;
    this.frames = listFrames(settings.input);
    const home = join(data, device);
    mkdirSync(home, { recursive: true });
    this.unlock = lockFolder(data);
    this.ledger = new Ledger(join(home, 'ledger'), settings.spoolLimit);
    this.blocks = new BlockStore(join(data, 'blocks'), { cloud, device, secret }, log);
    const url = settings.mqtt ?? brokerOf(cloud);
    const start = { birth: (sid: string) => this.birth(sid), probe: () => this.prober.probe() };
    this.session = new Session({ url, device, secret }, this.estimator, start, log);
    this.compute = new Compute(host.computeEntry, { threads, slowdown }, (fault) => {
      log.error(fault.message);
      this.end(1);
    });
    this.records = new RecordSender(this.ledger, this.session, bootId());
    const uploader = new Uploader(
      (packet) => this.session.publish('tensor', packet),
      () => this.windowBytes(),
    );
    const budget = new ByteBudget(settings.probeBytesPerDay, PROBE_BYTES, monotonicMs());
    this.prober = new Prober(
      (bytes) => this.session.publish('probe', bytes),
      this.estimator,
      budget,
    );
    const answers = new Answers(log);
    this.session.on('result', (result) => answers.take(result));
    this.session.on('offline', () => answers.failAll());
    this.session.on('refused', () => this.mayEnd && !this.session.wasOnline && this.end(2));
    this.queue = new FrameQueue(
      {
        ...{ compute: this.compute, uploader, answers, ledger: this.ledger },
        ...{ records: this.records, estimator: this.estimator },
        isOnline: () => this.session.isOnline,
        isOffline: () => this.session.state === 'offline',
        assignment: () => this.assignments.current(),
      },
      settings.deadlineMs,
      framePrinter(settings, host.print),
      this.stop.signal,
    );
    this.assignments = new Assignments({
      ...{ session: this.session, compute: this.compute, blocks: this.blocks, log },
      documents: new DocumentStore(home, log),
      profileKey: { threads, slowdown, runtime: runtimeVersion() },
      blocksLimitBytes: settings.blocksLimitBytes,
      inTurn: (task) => this.queue.inTurn(task),
    });
    this.telemetry = new TelemetrySender(
      this.session,
      this.estimator,
      () => this.queue.waiting,
      () => this.queue.isIdle && uploader.isIdle,
      () => this.prober.probe(),
    );
  }

  /** Runs until the files are done or end() is called; the process's exit code. */
  async run(): Promise<ExitCode> {
    const { log } = this.host;
    const { settings } = this;
    log.info(
      `flotilla-agent ${AGENT_VERSION}: device ${settings.device}, data in ${settings.data}`,
    );
    const lost = this.ledger.openFrames().filter(({ position }) => !this.willRepeat(position));
    this.queue.reportLost(lost);
    this.assignments.restore();
    this.session.open();
    this.telemetry.start();
    const endpoint = await this.openEndpoint();
    try {
      await this.runSources();
      if (this.mayEnd && !this.stop.signal.aborted) await this.awaitReceipts();
      else await this.stopped();
    } finally {
      this.stop.abort();
      await this.close(endpoint);
    }
    return this.exitCode;
  }

  /** Stops: the frame in hand is finished, the cloud is told. */
  end(exitCode: ExitCode = 0): void {
    if (this.stop.signal.aborted) return;
    this.exitCode = exitCode;
    this.stop.abort();
  }

  /** True when the files come to an end and nothing else is to do then. */
  private get mayEnd(): boolean {
    const { loop, stay, httpPort, mjpeg } = this.settings;
    return this.frames.length > 0 && !loop && !stay && httpPort === undefined && !mjpeg;
  }

  private stopped(): Promise<void> {
    const { signal } = this.stop;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** A frame over files is run again; pictures of a camera or a request are gone. */
  private willRepeat(position: number | undefined): boolean {
    return position !== undefined && this.frames.length > 0 && !this.settings.startOver;
  }

  private async runSources(): Promise<void> {
    const { mjpeg, frames = Number.POSITIVE_INFINITY, loop, intervalMs, startOver } = this.settings;
    const { log } = this.host;
    const { signal } = this.stop;
    if (mjpeg !== undefined) {
      await new MjpegSource(mjpeg, frames, this.queue, log).run(signal);
    } else if (this.frames.length > 0) {
      const count = loop ? Number.POSITIVE_INFINITY : (this.settings.frames ?? this.frames.length);
      const parts = { ledger: this.ledger, queue: this.queue, log };
      await runFiles(this.frames, { count, intervalMs, startOver }, parts, signal);
      if (!signal.aborted) log.info(`all ${count} frames are done`);
    }
  }

  private async awaitReceipts(): Promise<void> {
    const { receiptMs } = this.settings;
    if (await this.records.flushed(receiptMs)) return;
    this.host.log.error(
      `${this.ledger.spooled} records could not be brought to the cloud within ${receiptMs} ms; the next start goes on trying`,
    );
    this.end(1);
  }

  private async openEndpoint(): Promise<InferEndpoint | undefined> {
    const { httpPort } = this.settings;
    if (httpPort === undefined) return undefined;
    const endpoint = new InferEndpoint({
      isReady: () => this.assignments.current() !== undefined,
      submit: (request) => this.queue.submit(request),
      status: () => this.status(),
    });
    const port = await endpoint.listen(httpPort);
    this.host.log.info(`POST http://127.0.0.1:${port}/infer takes pictures and tensors`);
    return endpoint;
  }

  /** In this order: no more frames, records out, farewell, files closed. */
  private async close(endpoint: InferEndpoint | undefined): Promise<void> {
    const leaving = this.assignments.close();
    await this.queue.settled();
    await leaving;
    await endpoint?.close();
    if (this.session.isOnline) await this.records.flushed(STOP_FLUSH_MS);
    this.records.close();
    this.telemetry.close();
    await this.session.close();
    await this.compute.close();
    this.ledger.close();
    this.unlock();
    this.host.log.info('stopped');
  }

  private status(): object {
    const assignment = this.assignments.current();
    const model = assignment?.model;
    const plan = assignment?.plan;
    return {
      agent: AGENT_VERSION,
      device: this.settings.device,
      cloud: this.session.state,
      model: model && { name: model.name, version: model.version, digest: model.digest },
      plan: plan && {
        version: plan.version,
        device: plan.device.length,
        cloud: plan.cloud.length,
        predicted: plan.predicted,
      },
      link: this.estimator.estimate(monotonicMs()),
      framesWaiting: this.queue.waiting,
      recordsWaiting: this.ledger.spooled,
      recordsDropped: this.ledger.dropped,
    };
  }

  /** What is on its way when the link is just busy, and half as much again. */
  private windowBytes(): number {
    const link = this.estimator.estimate(monotonicMs());
    return link === null ? 0 : (1.5 * link.rttMs) / link.uplinkMsPerByte;
  }

  private async birth(sid: string): Promise<Birth> {
    return {
      v: 1,
      sid,
      agent: AGENT_VERSION,
      platform: `${platform()} ${arch()}${boardName()}`.slice(0, 64),
      cores: cpus().length,
      memoryBytes: totalmem(),
      runtimes: { onnxruntime: runtimeVersion() },
      encodings: spokenEncodings,
      source: this.source(),
      slowdown: this.settings.slowdown,
      blocks: await this.blocks.held(),
    };
  }

  /** Tensor files alone make a tensor source; cameras and the local door bring pictures. */
  private source(): 'image' | 'tensor' {
    const paths = this.frames.flatMap(({ files }) => files.map(({ path }) => path));
    const isTensor = paths.length > 0 && paths.every((path) => formatOf(path) !== 'picture');
    return isTensor ? 'tensor' : 'image';
  }
}

function brokerOf(cloud: string): string {
  const { protocol, host, hostname } = new URL(cloud);
  return protocol === 'https:' ? `wss://${host}/mqtt` : `mqtt://${hostname}:1883`;
}

function runtimeVersion(): string {
  const require = createRequire(import.meta.url);
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  return version;
}

function boardName(): string {
  try {
    return ` ${readFileSync('/proc/device-tree/model', 'utf8').replaceAll('\0', '')}`;
  } catch {
    return '';
  }
}
