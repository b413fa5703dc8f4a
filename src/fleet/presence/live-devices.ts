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

interface Live {
  readonly connection: string;
  lastSeenAt: Date;
  patch: Omit<LivePatch, 'lastSeenAt'>;
}

export class LiveDevices {
  private readonly byDevice = new Map<string, Live>();
  private readonly changed = new Set<string>();
  private readonly flaps = new FlapWatch();

  connected({ device, connection }: Source, at: Date): void {
    const flappingUntil = this.flaps.connected(device, at);
    const patch = {
      ...({ device, state: 'online', stateAt: at, reason: null, sid: null } as const),
      ...(flappingUntil !== undefined && { flappingUntil }),
    };
    this.byDevice.set(device, { connection, lastSeenAt: at, patch });
    this.changed.add(device);
  }

  disconnected(source: Source, reason: string, at: Date): void {
    const live = this.of(source);
    if (live === undefined) return;
    live.patch = { ...live.patch, state: 'offline', stateAt: at, reason };
    this.changed.add(source.device);
  }

  /** Any sign of life, such as a chunk of a tensor. */
  seen(source: Source, at: Date): void {
    const live = this.of(source);
    if (live === undefined) return;
    live.lastSeenAt = at;
    this.changed.add(source.device);
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
    this.flaps.forget(device);
  }

  get hasChanges(): boolean {
    return this.changed.size > 0;
  }

  /** All that changed since the last time. */
  takeChanges(): LivePatch[] {
    const patches = [...this.changed].flatMap((device) => {
      const live = this.byDevice.get(device);
      return live === undefined ? [] : [{ ...live.patch, lastSeenAt: live.lastSeenAt }];
    });
    this.changed.clear();
    return patches;
  }

  /** These changes are stored: what is large, or offline, need not be remembered. */
  stored(patches: readonly LivePatch[]): void {
    for (const { device, birth } of patches) {
      const live = this.byDevice.get(device);
      if (live === undefined) continue;
      if (live.patch.birth === birth) live.patch = withoutBirth(live.patch);
      if (live.patch.state === 'offline' && !this.changed.has(device)) this.byDevice.delete(device);
    }
  }

  /** These changes could not be stored: they will be among the next. */
  notStored(patches: readonly LivePatch[]): void {
    for (const { device } of patches) this.changed.add(device);
  }

  private of({ device, connection }: Source): Live | undefined {
    const live = this.byDevice.get(device);
    return live?.connection === connection ? live : undefined;
  }
}

function withoutBirth({ birth: _, ...rest }: Live['patch']): Live['patch'] {
  return rest;
}
