/** How the devices of a group are set up, for the audit log: what a change of the group was before can be read, and given back. */

import { type ShownIds, shownIds } from '../devices/shown-ids.js';
import type { GroupDevice } from './groups.store.js';

/** A group seldom has more than a few settings: each is shown once, with its devices. */
const MAX_SETTINGS = 20;
const MAX_CHARS = 24_000;

interface SharedSettings extends ShownIds {
  readonly model: string | null;
  readonly deadlineMs: number | null;
  readonly strategy: string;
  readonly limits: GroupDevice['limits'];
  readonly devices: number;
}

export interface GroupSettings {
  readonly devices: number;
  readonly settings: readonly SharedSettings[];
  /** Settings that are not shown; the most common ones are. */
  readonly more?: number;
}

/** The settings of the devices, the most common first; null of no devices: then there is no group. */
export function groupSettings(devices: readonly GroupDevice[]): GroupSettings | null {
  if (devices.length === 0) return null;
  const alike = new Map<string, GroupDevice[]>();
  for (const device of devices) {
    const { modelId, deadlineMs, strategy, limits } = device;
    const key = JSON.stringify([modelId, deadlineMs, strategy, limits]);
    const those = alike.get(key);
    if (those === undefined) alike.set(key, [device]);
    else those.push(device);
  }
  const parts = [...alike.values()].sort((a, b) => b.length - a.length);
  const shown = parts.slice(0, MAX_SETTINGS);
  const settings = shown.map((part) => {
    const [{ modelId: model, deadlineMs, strategy, limits }] = part as [GroupDevice];
    const ids = shownIds(
      part.map(({ id }) => id),
      MAX_CHARS / shown.length,
    );
    return { model, deadlineMs, strategy, limits, devices: part.length, ...ids };
  });
  const more = parts.length - shown.length;
  return { devices: devices.length, settings, ...(more > 0 && { more }) };
}
