/** Runs the agent: frames left by the last process, frames of its inputs, then an orderly end that loses nothing. */
import { type Birth, Fault } from '../../src/wire/index.js';
import { monotonicMs, untilAborted } from './clock.js';
import type { OpenFrame } from './disk/ledger-entry.js';
import { type FolderRun, type Interrupted, runFiles, takeUpRun } from './inputs/folder-source.js';
import { formatOf } from './inputs/frame-input.js';
import { InferEndpoint } from './inputs/infer-endpoint.js';
import { type FrameFiles, listFrames } from './inputs/input-files.js';
import { type AgentHost, type AgentParts, assembleParts } from './parts.js';
import { Closing } from './process-end.js';
import { hasCamera } from './settings/pace.js';
import type { Settings } from './settings/settings-table.js';
import { AGENT_VERSION } from './version.js';

/** How long a stopping agent waits for the cloud's answer to the frames in flight before it finishes them here. */
const STOP_WAIT_MS = 3000;
/** How long a stopping agent waits for receipts of its last records. */
const STOP_FLUSH_MS = 2000;
/** Bound of the whole end; systemd's TimeoutStopSec in flotilla-agent.service is 30 s. */
const END_MS = 25_000;
/** Frames in flight that the device finishes itself; the next start runs a later one again. */
const STOP_FRAMES_MS = 15_000;
/** What cannot be broken off: a block that is loaded or timed, a camera that does not end, a connection that does not close. */
const STOP_PART_MS = 5000;

/** 0: done; 1: frames failed, records not receipted, or a part lost; 2: the credential was refused. */
export type ExitCode = 0 | 1 | 2;

export class Agent {
  private readonly stop = new AbortController();
  private readonly frames: readonly FrameFiles[];
  private readonly parts: AgentParts;
  private exitCode: ExitCode = 0;
  /** True when it ended to restart. */
  isToRestart = false;

  /** Throws CONFIG_INVALID for inputs that are not there and DATA_LOCKED for a folder in use. */
  constructor(
    private readonly settings: Settings,
    private readonly host: AgentHost,
  ) {
    this.frames = listFrames(settings.input, (text) => host.log.warn(text));
    this.parts = assembleParts(settings, host, {
      source: sourceOf(this.frames),
      stop: this.stop.signal,
      onComputeLost: (fault) => {
        host.log.error(fault.message);
        this.end(1);
      },
      restart: () => {
        this.isToRestart = true;
        this.end();
      },
    });
  }

  /** Runs until the inputs come to their end or end() is called; the process's exit code. */
  async run(): Promise<ExitCode> {
    const { device, data } = this.settings;
    const { session, assignments, telemetry, traffic, time } = this.parts;
    this.host.log.info(`flotilla-agent ${AGENT_VERSION}: device ${device}, data in ${data}`);
    const interrupted = this.takeUp();
    session.on('refused', () => this.comesToEnd && !session.wasOnline && this.end(2));
    assignments.restore();
    session.open();
    telemetry.start();
    traffic.start();
    time.start();
    const endpoint = new InferEndpoint({
      isReady: () => assignments.current() !== undefined,
      submit: (request) => this.parts.queue.submit(request).report,
      status: () => this.status(),
    });
    let inputs: Promise<void> = Promise.resolve();
    try {
      await this.open(endpoint);
      inputs = this.runSource(interrupted);
      // An input whose read never returns must not keep the agent from its end.
      await Promise.race([inputs, untilAborted(this.stop.signal)]);
      if (this.comesToEnd && !this.stop.signal.aborted) await this.concluded();
      else await untilAborted(this.stop.signal);
    } finally {
      this.stop.abort();
      await this.close(endpoint, inputs);
    }
    return this.exitCode;
  }

  /** Stops: finishes the frames in flight and sends `offline`. */
  end(exitCode: ExitCode = 0): void {
    if (this.stop.signal.aborted) return;
    this.exitCode = exitCode;
    this.stop.abort();
  }

  /** True when the inputs are finite and no other input is open. */
  private get comesToEnd(): boolean {
    const { loop, stay, httpPort, frames } = this.settings;
    const isEnding = this.frames.length > 0 && !loop;
    const hasEnd = hasCamera(this.settings) ? frames !== undefined : isEnding;
    return hasEnd && !stay && httpPort === undefined;
  }

  private get folderRun(): FolderRun {
    const { frames = this.frames.length, loop, intervalMs, startOver } = this.settings;
    return { count: loop ? Number.POSITIVE_INFINITY : frames, intervalMs, startOver };
  }

  /** Returns frames of the last process to run again; those whose pictures are gone, or ended the agent, are reported as failed. */
  private takeUp(): readonly OpenFrame[] {
    const { ledger, queue } = this.parts;
    const none: Interrupted = { again: [], abandoned: [] };
    const { again, abandoned } =
      this.frames.length > 0 ? takeUpRun(this.frames, this.folderRun, ledger) : none;
    for (const { source } of abandoned) {
      this.host.log.error(
        `the agent ended twice during ${source}, which is passed over from now on`,
      );
    }
    queue.reportAbandoned(abandoned);
    queue.reportLost(ledger.openFrames().filter((frame) => !again.includes(frame)));
    return again;
  }

  private async open(endpoint: InferEndpoint): Promise<void> {
    const { httpPort } = this.settings;
    if (httpPort === undefined) return;
    const port = await endpoint.listen(httpPort).catch((cause: Error) => {
      throw new Fault('CONFIG_INVALID', `--http-port ${httpPort}: ${cause.message}`, { cause });
    });
    this.host.log.info(`POST http://127.0.0.1:${port}/infer takes pictures and tensors`);
  }

  private async runSource(interrupted: readonly OpenFrame[]): Promise<void> {
    const { log } = this.host;
    const { signal } = this.stop;
    const { queue, ledger, cameras } = this.parts;
    if (!cameras.isNone) {
      await cameras.run(signal);
    } else if (this.frames.length > 0) {
      await runFiles(this.frames, this.folderRun, interrupted, { ledger, queue, log }, signal);
      if (!signal.aborted) log.info(`all ${this.folderRun.count} frames are done`);
    }
  }

  /** Exit code after the last frame: 0 when each has an answer and a receipt. */
  private async concluded(): Promise<void> {
    const { failedFrames } = this.parts.queue;
    if (failedFrames > 0) this.host.log.error(`${failedFrames} of these frames failed`);
    await this.awaitReceipts();
    this.end(failedFrames > 0 ? 1 : 0);
  }

  private async awaitReceipts(): Promise<void> {
    const { receiptMs } = this.settings;
    const { signal } = this.stop;
    if ((await this.parts.records.flushed(receiptMs, signal)) || signal.aborted) return;
    this.host.log.error(
      `${this.parts.ledger.spooled} records without a receipt after ${receiptMs} ms; the next start sends them again`,
    );
    this.end(1);
  }

  /** In this order: no more frames, records sent, `offline` sent, files closed. Nothing begins after it. */
  private async close(endpoint: InferEndpoint, inputs: Promise<void>): Promise<void> {
    const { assignments, answers, queue, profileUpkeep, session, records, telemetry, compute } =
      this.parts;
    const closing = new Closing(END_MS, this.host.log);
    const leaving = assignments.close();
    const giveUp = setTimeout(() => answers.failAll(), STOP_WAIT_MS);
    await closing.part('frames in flight', STOP_FRAMES_MS, queue.settled());
    clearTimeout(giveUp);
    await closing.part(
      'inputs',
      STOP_PART_MS,
      inputs.catch(() => undefined),
    );
    await closing.part('model', STOP_PART_MS, leaving);
    await closing.part('block times', STOP_PART_MS, profileUpkeep.close());
    await closing.part('--http-port', STOP_PART_MS, endpoint.close());
    if (session.isOnline) await records.flushed(STOP_FLUSH_MS);
    records.close();
    telemetry.close();
    await closing.part('connection', STOP_PART_MS, session.close());
    await closing.part('compute thread', STOP_PART_MS, compute.close());
    await closing.part('time of the service', STOP_PART_MS, this.parts.time.close());
    this.parts.traffic.close();
    this.parts.documents.close();
    this.parts.ledger.close();
    this.parts.unlock();
    if (closing.late.length > 0) this.leaveBehind(closing.late);
    else this.host.log.info('stopped');
  }

  /** A process with parts that did not close is no place for another agent: it ends, and its supervisor starts one. */
  private leaveBehind(late: readonly string[]): void {
    this.isToRestart = false;
    this.exitCode = this.exitCode === 0 ? 1 : this.exitCode;
    this.host.log.error(`stopped, but not closed: ${late.join(', ')}`);
  }

  private status(): object {
    const { assignments, profileUpkeep, session, estimator, queue, cameras } = this.parts;
    const { model, plan } = assignments.current() ?? {};
    return {
      agent: AGENT_VERSION,
      device: this.settings.device,
      cloud: session.state,
      model: model && { name: model.name, version: model.version, digest: model.digest },
      plan: plan && {
        version: plan.version,
        device: plan.device.length,
        cloud: plan.cloud.length,
        predicted: plan.predicted,
      },
      link: estimator.estimate(monotonicMs()),
      framesWaiting: queue.waiting,
      driftsHeldBack: profileUpkeep.driftsHeldBack,
      ...this.parts.onDisk(),
      traffic: this.parts.traffic.figures(),
      ...(!cameras.isNone && { inputs: cameras.figures() }),
    };
  }
}

/** Tensor files alone make a tensor source; cameras and the local endpoint bring pictures. */
function sourceOf(frames: readonly FrameFiles[]): Birth['source'] {
  const paths = frames.flatMap(({ files }) => files.map(({ path }) => path));
  const isTensor = paths.length > 0 && paths.every((path) => formatOf(path) !== 'picture');
  return isTensor ? 'tensor' : 'image';
}
