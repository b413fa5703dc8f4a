/**
 * What connected devices say of themselves, last values only; pure memory, no clock of its own.
 *
 * Everything is fenced by the connection it came by: an old session's last will, or its late end, changes nothing.
 */
import type { Birth, Status, Telemetry } from '../../wire/index.js';
import { FlapWatch } from './flap-watch.js';

/** The columns of a device that it changes itself; absent birth and telemetry leave the stored ones. */
export interface LivePatch {
  readonly device: string;
  readonly state: 'online' | 'offline';
  readonly stateAt: Date;
  readonly lastSeenAt: Date;
  readonly reason: string | null;
  readonly sid: string | null;
  readonly birth?: Birth;
  readonly telemetry?: Telemetry;
  readonly telemetryAt?: Date;
  /** It comes and goes, and counts as flapping until then; absent leaves what is stored. */
  readonly flappingUntil?: Date;
}

/** Where a piece of news came from. */
export interface Source {
  readonly device: string;
  readonly connection: string;
}

/** What is known of a device that is connected. */
export interface Heard {
  /** Begin of its session. */
  readonly beganAt: Date;
  /** When it last sent anything but a ping. */
  readonly heardAt: Date;
  /** The last of its session; undefined while there is none. */
  readonly telemetry: Telemetry | undefined;
}

interface Live {
  readonly connection: string;
  lastSeenAt: Date;
  patch: Omit<LivePatch, 'lastSeenAt'>;
}

export class LiveDevices {
  private readonly byDevice = new Map<string, Live>();
  private readonly changed = new Set<string>();
  /** Devices whose values are newer than the database: changed, or being written. */
  private readonly unstored = new Set<string>();
  private readonly flaps = new FlapWatch();

  connected({ device, connection }: Source, at: Date): void {
    const flappingUntil = this.flaps.connected(device, at);
    const patch = {
      ...({ device, state: 'online', stateAt: at, reason: null, sid: null } as const),
      ...(flappingUntil !== undefined && { flappingUntil }),
    };
    this.byDevice.set(device, { connection, lastSeenAt: at, patch });
    this.touch(device);
  }

  disconnected(source: Source, reason: string, at: Date): void {
    const live = this.of(source);
    if (live === undefined) return;
    live.patch = { ...live.patch, state: 'offline', stateAt: at, reason };
    this.touch(source.device);
  }

  /** Any sign of life, such as a chunk of a tensor. */
  seen(source: Source, at: Date): void {
    const live = this.of(source);
    if (live === undefined) return;
    live.lastSeenAt = at;
    this.touch(source.device);
  }

  said(
    source: Source,
    news: { readonly status?: Status; readonly birth?: Birth; readonly telemetry?: Telemetry },
    at: Date,
  ): void {
    const live = this.of(source);
    if (live === undefined) return;
    const { status, birth, telemetry } = news;
    live.patch = {
      ...live.patch,
      ...(status !== undefined && { sid: status.sid }),
      ...(birth !== undefined && { birth }),
      ...(telemetry !== undefined && { telemetry, telemetryAt: at }),
    };
    this.seen(source, at);
  }

  forget(device: string): void {
    this.byDevice.delete(device);
    this.changed.delete(device);
    this.unstored.delete(device);
    this.flaps.forget(device);
  }

  /** Devices that changed and were not taken since. */
  get changes(): number {
    return this.changed.size;
  }

  /** What changed since the last time, of at most `most` devices, those that changed first. */
  takeChanges(most = Number.POSITIVE_INFINITY): LivePatch[] {
    const patches: LivePatch[] = [];
    for (const device of this.changed) {
      if (patches.length >= most) break;
      this.changed.delete(device);
      const patch = this.patchOf(device);
      if (patch !== undefined) patches.push(patch);
    }
    return patches;
  }

  /** Undefined for a device that is not connected. */
  heardOf(device: string): Heard | undefined {
    const live = this.byDevice.get(device);
    if (live?.patch.state !== 'online') return undefined;
    const { stateAt: beganAt, telemetry } = live.patch;
    return { beganAt, heardAt: live.lastSeenAt, telemetry };
  }

  /** What a device said that might not be in the database yet. */
  unstoredOf(device: string): LivePatch | undefined {
    return this.unstored.has(device) ? this.patchOf(device) : undefined;
  }

  /** The same of all devices. */
  allUnstored(): ReadonlyMap<string, LivePatch> {
    const patches = [...this.unstored].flatMap((device) => this.patchOf(device) ?? []);
    return new Map(patches.map((patch) => [patch.device, patch]));
  }

  /** These changes are stored: what is large, or offline, need not be remembered. */
  stored(patches: readonly LivePatch[]): void {
    for (const { device, birth } of patches) {
      const live = this.byDevice.get(device);
      if (live === undefined) continue;
      if (!this.changed.has(device)) this.unstored.delete(device);
      if (live.patch.birth === birth) live.patch = withoutBirth(live.patch);
      if (live.patch.state === 'offline' && !this.changed.has(device)) this.byDevice.delete(device);
    }
  }

  /** These changes could not be stored: they will be among the next. */
  notStored(patches: readonly LivePatch[]): void {
    for (const { device } of patches) this.changed.add(device);
  }

  private touch(device: string): void {
    this.changed.add(device);
    this.unstored.add(device);
  }

  private patchOf(device: string): LivePatch | undefined {
    const live = this.byDevice.get(device);
    return live && { ...live.patch, lastSeenAt: live.lastSeenAt };
  }

  private of({ device, connection }: Source): Live | undefined {
    const live = this.byDevice.get(device);
    return live?.connection === connection ? live : undefined;
  }
}

function withoutBirth({ birth: _, ...rest }: Live['patch']): Live['patch'] {
  return rest;
}
