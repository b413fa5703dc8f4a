/**
 * Keeps every device's desired documents: the model it should hold, and the plan it should run frames by.
 *
 * What happens to one device happens in order; a document is stored before the device hears of it.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock, EventBus, Log, type Timer } from '../../platform/index.js';
import {
  type Birth,
  Fault,
  type LinkEstimate,
  type Profile,
  type Reported,
} from '../../wire/index.js';
import { hasMoved } from '../pricing/link-estimates.js';
import type { CloudWork } from '../state/cloud-times.js';
import type { AssignedPlan, DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { ModelShelf } from '../state/model-shelf.js';
import { PlansStore, type TwinName } from '../state/twins.store.js';
import { DesiredDocuments } from './desired-documents.js';
import { Replanner } from './replanner.js';

/** A link that moved less than this since it was last judged is not judged again. */
const NOTABLE_SHARE = 0.05;
/** Files are not all alike: their usual length must have changed by this much. */
const NOTABLE_FILE_SHARE = 0.2;
/** How often it is looked whether the cloud may be quick again. */
const FADE_LOOK_MS = 1000;

/** What the cloud did for a frame, and what that took beside; the latter where it is known. */
export interface TailWork extends CloudWork {
  readonly besideMs: number | undefined;
}

@Injectable()
export class PlansService implements OnModuleInit, OnModuleDestroy {
  private readonly log: Log;
  private fading: Timer | undefined;

  constructor(
    @Inject(PlansStore) private readonly store: PlansStore,
    @Inject(ModelShelf) private readonly shelf: ModelShelf,
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(DesiredDocuments) private readonly documents: DesiredDocuments,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'plans' });
  }

  /** What planning did since the start. */
  get counts(): Replanner['counts'] {
    return this.replanner.counts;
  }

  /** How long the latest decisions took. */
  get decisionMs(): Replanner['decisionMs'] {
    return this.replanner.decisionMs;
  }

  /** The plan of a version, if the device had it not long ago and its state is loaded. */
  assigned(device: string, version: number): AssignedPlan | undefined {
    return this.states.get(device)?.plan(version);
  }

  /** True when `assigned` can be trusted for this device. */
  isLoaded(device: string): boolean {
    return this.states.get(device) !== undefined;
  }

  /** True while what happened to a device may still lead to another plan of it. */
  isPlanning(device: string): boolean {
    return !this.isLoaded(device) || this.replanner.isPlanning(device);
  }

  /** The present state of a device; throws DEVICE_UNKNOWN. */
  state(device: string): Promise<DeviceState> {
    return this.states.inOrder(device, async (state) => state);
  }

  /** The newest estimate of a device's link, with its age now. */
  linkOf(state: DeviceState): LinkEstimate {
    return state.linkAt(this.clock.monotonicMs());
  }

  /** A device has come: it gets its documents, and a plan if it can have one by now. */
  async welcome(device: string): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      await this.handOutModel(device, state);
      if (!state.isPublished) this.documents.publish(device, state);
      if (state.current === undefined) this.replanner.request(device, 'first');
    });
  }

  /** Sends the device its plan again, when a frame of it named one that is not known. */
  sendPlanAgain(device: string): void {
    const state = this.states.get(device);
    if (state !== undefined) this.documents.sendPlan(device, state);
  }

  /** Hands out the model that is assigned to a device by now, if it is another and ready; then a plan for it. */
  async assignModel(device: string): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      if (await this.handOutModel(device, state)) this.replanner.request(device, 'model');
    });
  }

  /**
   * Writes which model a device is to have and hands it out, if the desired document still has a version.
   * Throws DEVICE_UNKNOWN, VERSION_CONFLICT, and what writing throws.
   */
  async desireModel(
    device: string,
    version: number | undefined,
    write: () => Promise<unknown>,
  ): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      if (version !== undefined && version !== state.modelVersion) {
        const text = `the desired model of '${device}' is at version ${state.modelVersion}, not ${version}`;
        throw new Fault('VERSION_CONFLICT', text);
      }
      await write();
      if (await this.handOutModel(device, state)) this.replanner.request(device, 'model');
    });
  }

  /** A model became ready: devices that wait for it get it. */
  async modelReady(modelId: string): Promise<void> {
    const devices = await this.store.devicesOf(modelId);
    await Promise.all(devices.map((device) => this.assignModel(device)));
  }

  /** More, or less, may be lost on the wire: devices that run the model are planned for anew. */
  async policyChanged(modelId: string): Promise<void> {
    this.shelf.reread(modelId);
    const devices = await this.store.devicesOf(modelId);
    for (const device of devices.filter((one) => this.states.get(one) !== undefined)) {
      await this.states.inOrder(device, async (state) => {
        if (state.model?.id !== modelId) return;
        state.model = await this.shelf.find(modelId);
        this.replanner.request(device, 'operator');
      });
    }
  }

  /** A model is gone: nothing new is planned with it. */
  modelDeleted(modelId: string): void {
    this.shelf.forget(modelId);
    for (const state of this.states.all()) {
      if (state.model?.id === modelId) state.model = undefined;
    }
  }

  /** Block times arrived from a device. */
  async learnProfile(device: string, profile: Profile): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      await this.store.saveProfile(device, profile.blocks, this.clock.now());
      const times = profile.blocks.map(({ digest, medianMs }) => [digest, medianMs] as const);
      state.deviceMs = new Map([...state.deviceMs, ...times]);
      if (profile.overheads !== undefined) state.overheads.learnDevice(profile.overheads);
      const cause = profile.because ?? 'profile';
      if (profile.model === state.model?.document.digest) this.replanner.request(device, cause);
    });
  }

  /** What a frame took in the cloud. */
  learnTail(device: string, modelId: string, { besideMs, ...work }: TailWork): void {
    const nowMs = this.clock.monotonicMs();
    this.shelf.cloudTimesOf(modelId)?.learn(work, nowMs);
    const state = this.states.get(device);
    if (state === undefined) return;
    state.tailAtMs = nowMs;
    if (besideMs !== undefined) state.overheads.learnTail(besideMs);
  }

  /** The device said what its frames are, how they come, and how it can send them. */
  async learnBirth(device: string, birth: Birth): Promise<void> {
    const { source, encodings, encodeMsPerByte, objective = 'frame' } = birth;
    await this.states.inOrder(device, async (state) => {
      const before = state.abilities;
      const { jpegBytes } = before;
      state.abilities = {
        ...{ source, encodings, ...(encodeMsPerByte && { encodeMsPerByte }) },
        ...(jpegBytes !== undefined && { jpegBytes }),
      };
      // Measured anew at every start, times differ a little each time: that alone is no news.
      const isNews =
        before.source !== source ||
        before.encodings.join() !== encodings.join() ||
        state.objective !== objective;
      state.objective = objective;
      if (isNews) this.replanner.request(device, 'source');
    });
  }

  /** The device said how long the files are that its frames come as. */
  async learnJpegBytes(device: string, jpegBytes: number): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      const { jpegBytes: before = 0 } = state.abilities;
      if (Math.abs(jpegBytes - before) <= NOTABLE_FILE_SHARE * before) return;
      state.abilities = { ...state.abilities, jpegBytes };
      this.replanner.request(device, 'source');
    });
  }

  /** An operator may have changed the device's deadline or strategy. */
  async settingsChanged(device: string): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      const facts = await this.store.facts(device);
      if (facts === undefined) return;
      const { deadlineMs, strategy } = facts;
      if (deadlineMs === state.deadlineMs && strategy === state.strategy) return;
      Object.assign(state, { deadlineMs, strategy });
      this.replanner.request(device, 'operator');
    });
  }

  /** A new estimate of a device's link; most of them change nothing and cost nothing. */
  async learnLink(device: string, link: LinkEstimate): Promise<void> {
    const known = this.states.get(device) ?? (await this.state(device));
    known.learnLink(link, this.clock.monotonicMs());
    if (hasMoved(known.judgedLink, link, NOTABLE_SHARE)) this.replanner.request(device, 'link');
  }

  /** What a device did with a document. */
  async learnReport(device: string, name: TwinName, reported: Reported): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      if (name === 'plan' && reported.cut !== undefined) {
        state.follows = { version: reported.version, cut: reported.cut, at: this.clock.now() };
        return;
      }
      const isKnown = await this.store.saveReport(device, name, reported, this.clock.now());
      if (!isKnown) return;
      if (name === 'plan') this.events.emit('plans.planReported', { device, reported });
      if (reported.state === 'applied') this.tellConverged(device, state, name, reported.version);
      if (reported.state === 'refused') {
        this.log.warn({ device, name, version: reported.version, ...reported.fault }, 'refused');
      }
    });
  }

  /** A document that the device repeats its report of is no news, and was applied some time ago. */
  private tellConverged(device: string, state: DeviceState, name: TwinName, version: number): void {
    const document = name === 'plan' ? state.current?.plan : state.desiredModel;
    if (document?.version !== version || state.converged[name] === version) return;
    state.converged[name] = version;
    const convergedMs = this.clock.now().getTime() - Date.parse(document.at);
    this.events.emit('plans.converged', { device, name, convergedMs });
  }

  forget(device: string): void {
    this.replanner.forget(device);
    this.states.forget(device);
  }

  onModuleInit(): void {
    this.fading = this.clock.every(FADE_LOOK_MS, () => this.shelf.fade(this.clock.monotonicMs()));
  }

  async onModuleDestroy(): Promise<void> {
    this.fading?.cancel();
    await this.replanner.close();
    await this.states.drained();
  }

  private async handOutModel(device: string, state: DeviceState): Promise<boolean> {
    const facts = await this.store.facts(device);
    const wanted = facts?.modelId ? await this.shelf.find(facts.modelId) : undefined;
    const isWaiting = facts?.modelId && wanted === undefined;
    if (isWaiting || wanted?.id === state.model?.id) return false;
    await this.documents.issueModel(device, state, wanted);
    return true;
  }
}
