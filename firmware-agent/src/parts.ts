/** The agent's parts, made and connected; nothing runs yet. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Birth,
  ByteBudget,
  type DesiredPlan,
  type Fault,
  fileTroubleOf,
  LinkEstimator,
} from '../../src/wire/index.js';
import { describeDevice, runtimeVersion } from './birth.js';
import { bootId, monotonicMs } from './clock.js';
import { BootClocks } from './clocks/boot-clocks.js';
import { CloudSession } from './cloud/mqtt/cloud-session.js';
import { unreachable } from './cloud/mqtt/connection.js';
import { RecordSender } from './cloud/mqtt/record-sender.js';
import { TelemetrySender } from './cloud/mqtt/telemetry.js';
import { AskedAddress, fixedAddress } from './cloud/rest/broker-address.js';
import { Identity } from './cloud/rest/identity.js';
import { ExpectedAnswers } from './cloud/transfer/expected-answers.js';
import { PROBE_BYTES, Prober } from './cloud/transfer/prober.js';
import { Uploader } from './cloud/transfer/uploader.js';
import { Commands } from './commands/commands.js';
import { Compute } from './compute/compute.js';
import { Profiler } from './compute/profiler.js';
import { BlockStore } from './disk/block-store.js';
import { Damage } from './disk/damage.js';
import { DocumentStore } from './disk/document-store.js';
import { Ledger } from './disk/ledger.js';
import { lockFolder } from './disk/lock/data-lock.js';
import { Assignments } from './frames/plan/assignments.js';
import { ProfileUpkeep } from './frames/plan/profile-upkeep.js';
import { RowFollower } from './frames/plan/row-follower.js';
import { FrameQueue } from './frames/queue/frame-queue.js';
import { framePrinter } from './frames/report/frame-printer.js';
import { DeviceTurns } from './frames/run/device-turns.js';
import { ArrivalRate } from './inputs/arrival-rate.js';
import { Cameras } from './inputs/camera/cameras.js';
import { PictureMemory } from './inputs/memory/picture-memory.js';
import { JpegSizes } from './link/jpeg-sizes.js';
import { errorText, type LeveledLog } from './log.js';
import { intervalOf, isPaced, objectiveOf } from './settings/pace.js';
import type { Settings } from './settings/settings-table.js';
import { CapFile } from './traffic/cap-file.js';
import { LinkNeed } from './traffic/link-need.js';
import { MonthlyCap } from './traffic/monthly-cap.js';
import { claimOf } from './traffic/profiles.js';
import { TimeKeeper } from './traffic/time-keeper.js';
import { Traffic } from './traffic/traffic.js';

/** The process around the agent. */
export interface AgentHost {
  /** Module that serves the compute thread. */
  readonly computeEntry: URL;
  readonly log: LeveledLog;
  readonly print: (text: string) => void;
}

export interface PartsNeeds {
  readonly source: Birth['source'];
  /** Aborted when no further frame is to begin. */
  readonly stop: AbortSignal;
  readonly onComputeLost: (fault: Fault) => void;
  /** Ends the agent in order, to restart. */
  readonly restart: () => void;
}

export type AgentParts = ReturnType<typeof assembleParts>;

/** Throws DATA_LOCKED when another agent has the data folder. */
export function assembleParts(settings: Settings, host: AgentHost, needs: PartsNeeds) {
  const { log } = host;
  const { cloud, device, data, threads, slowdown, throttle } = settings;
  const identity = new Identity(settings);
  const home = join(data, device);
  const unlock = lockFolder(data, log);
  makeFolders([home, join(data, 'blocks')], log);
  const damage = new Damage(log);
  const ledger = new Ledger(join(home, 'ledger'), settings.spoolLimit, log, damage);
  const traffic = new Traffic(settings.traffic, capOf(settings, home, log), log);
  const time = new TimeKeeper({ cloud, identity, sockets: traffic.sockets }, traffic);
  const blocks = new BlockStore(join(data, 'blocks'), { cloud, identity, traffic }, damage, log);
  const documents = new DocumentStore(home, damage, log);
  const clocks = new BootClocks(documents);
  const estimator = new LinkEstimator();
  const jpegSizes = new JpegSizes();
  const arrivals = new ArrivalRate();
  let encodeMsPerByte: Birth['encodeMsPerByte'];
  const start = {
    birth: async (sid: string) => {
      encodeMsPerByte ??= await compute.call('measureEncodings', undefined);
      const held = await blocks.held();
      const { source } = needs;
      const objective = objectiveOf(settings);
      const intervalMs = intervalOf(settings);
      return describeDevice({
        ...{ sid, slowdown, source, objective, blocks: held, encodeMsPerByte },
        ...(intervalMs !== undefined && { intervalMs }),
        traffic: claimOf(traffic.profile),
      });
    },
    probe: async (): Promise<void> => {
      if (!traffic.profile.probesAtStart) return;
      // A new session may run over another network.
      prober.quicken();
      await prober.probe();
    },
  };
  const { mqtt } = settings;
  const address =
    mqtt === undefined ? new AskedAddress(settings, identity, documents, log) : fixedAddress(mqtt);
  const credential = { url: mqtt ?? cloud, identity };
  const session = new CloudSession(credential, traffic, estimator, start, log, address);
  const compute = new Compute(
    host.computeEntry,
    { threads, slowdown, throttle },
    needs.onComputeLost,
  );
  const records = new RecordSender(ledger, session, clocks, () => assignments.issued, {
    gatherMs: () => traffic.profile.gatherMs,
    isHeld: () => traffic.isSpent,
  });
  const uploader = new Uploader(
    (packet) => {
      if (traffic.allowsFrame(packet.length)) return session.publish('tensor', packet);
      return Promise.reject(unreachable('the bytes of the month are spent'));
    },
    () => windowBytes(estimator),
  );
  const prober = new Prober(
    (bytes) => session.publish('probe', bytes),
    estimator,
    new ByteBudget(
      settings.probeBytesPerDay ?? traffic.profile.probeBytesPerDay,
      PROBE_BYTES,
      monotonicMs(),
    ),
  );
  session.on('damaged', (name) => {
    damage.note(`the message ${name} came damaged from the cloud`, 'asked for again');
  });
  const linkNeed = new LinkNeed();
  const answers = new ExpectedAnswers(log, estimator.downlink);
  session.on('result', (result) => answers.take(result));
  session.on('offline', () => answers.failAll());
  const profileKey = { threads, slowdown, runtime: runtimeVersion() };
  const profileUpkeep: ProfileUpkeep = new ProfileUpkeep({
    ...{ session, log },
    profiler: new Profiler(compute, documents, profileKey, log, needs.stop),
    inTurn: (task) => queue.inTurn(task),
  });
  const listeners = {
    onCut: (plan: DesiredPlan, cut: number) => assignments.reportCut(plan, cut),
    onDoubt: () => prober.quicken(),
  };
  const rows = new RowFollower(listeners, settings);
  const queue: FrameQueue = new FrameQueue(
    {
      ...{
        compute,
        uploader,
        answers,
        ledger,
        records,
        clocks,
        estimator,
        jpegSizes,
        profileUpkeep,
      },
      turns: new DeviceTurns(),
      pictures: new PictureMemory(),
      rows,
      isOnline: () => session.isOnline && !traffic.isSpent,
      confined: (plan, model) => assignments.confinement.faultOf(plan, model),
      isOffline: () => session.state === 'offline' || traffic.isSpent,
      assignment: () => assignments.current(),
    },
    {
      ...{ frames: settings.inFlight, bytes: settings.inFlightBytes },
      deadlineMs: settings.deadlineMs,
      onReport: framePrinter(settings, host.print),
      stop: needs.stop,
    },
  );
  const assignments = new Assignments({
    ...{ session, compute, blocks, documents, profileUpkeep, log },
    blocksLimitBytes: settings.blocksLimitBytes,
    inTurn: (task) => queue.inTurn(task),
    stopSending: (fault) => {
      answers.failAll(fault);
      uploader.dropAll();
    },
    onFault: () => telemetry.reportNow(),
  });
  const cameras = new Cameras(settings, {
    ...{ queue, arrivals, log },
    onFault: () => telemetry.reportNow(),
  });
  const commands = new Commands({ session, profileUpkeep, documents, log, restart: needs.restart });
  const onDisk = () => {
    const diskFault = ledger.diskFault ?? documents.diskFault;
    return {
      ...{ recordsWaiting: ledger.spooled, recordsDropped: ledger.dropped },
      ...(diskFault !== undefined && { diskFault: diskFault.slice(0, 500) }),
      ...damage.figures(),
    };
  };
  const telemetry: TelemetrySender = new TelemetrySender(session, estimator, traffic, {
    framesWaiting: () => queue.waiting,
    onDisk,
    suppressed: () => rows.suppressed,
    jpegBytes: () => jpegSizes.median(),
    intervalMs: () => (isPaced(settings) ? arrivals.intervalAt(monotonicMs()) : undefined),
    intervalSpread: () => arrivals.spreadAt(monotonicMs()),
    faults: () => assignments.faults(),
    inputs: () => cameras.figures(),
    framesBegun: () => queue.begun,
    probe: () => {
      const isNeeded = linkNeed.isThere(queue.begun, monotonicMs());
      // A probe must delay no tensor.
      if (isNeeded && uploader.isIdle && traffic.allows(PROBE_BYTES)) void prober.probe();
    },
  });
  return {
    ...{ ledger, session, compute, records, estimator, answers, queue, assignments, telemetry },
    ...{ profileUpkeep, commands, documents, cameras, onDisk, unlock, traffic, time },
  };
}

/** On a read-only disk what is there has to do; the parts try again. */
function makeFolders(folders: readonly string[], log: LeveledLog): void {
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      if (fileTroubleOf(error) === undefined) throw error;
      log.warn(`${folder} cannot be made: ${errorText(error)}`);
    }
  }
}

function capOf({ monthlyBytes }: Settings, home: string, log: LeveledLog): MonthlyCap | undefined {
  if (monthlyBytes === undefined) return undefined;
  const file = new CapFile(join(home, 'traffic.json'), log);
  return new MonthlyCap(monthlyBytes, file.read(), bootId(), (month) => file.write(month));
}

/** What is on its way when the link is just busy, and half as much again. */
function windowBytes(estimator: LinkEstimator): number {
  const link = estimator.estimate(monotonicMs());
  return link === null ? 0 : (1.5 * link.rttMs) / link.uplinkMsPerByte;
}
