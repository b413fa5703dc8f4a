/** Shadows as REST responses. */
import { z } from 'zod';
import { instant, pageOf, type ResponseOf, reportedFault } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { planIn } from '../state/state-loading.js';
import type { DriftPlace, TwinRow, TwinState } from './shadow.store.js';

export const twinView = z
  .object({
    desired: z
      .object({
        version: z.int(),
        at: instant,
        cause: z.object({ code: z.string(), text: z.string() }),
        document: z.unknown().describe('As the device gets it'),
      })
      .nullable()
      .describe('The newest version'),
    reported: z
      .object({
        version: z.int(),
        at: instant,
        state: z.enum(['applied', 'refused']),
        fault: reportedFault.nullable(),
      })
      .nullable()
      .describe('The newest version that the device reported'),
    isConverged: z.boolean().describe('The device has applied the newest version'),
    convergedMs: z.number().nullable().describe('How long that took'),
  })
  .meta({ id: 'Twin' });
export type TwinView = ResponseOf<typeof twinView>;

export const shadow = z
  .object({
    device: z.string(),
    version: z.int().describe('Version of the device’s settings, for the If-Match of their PATCH'),
    isConnected: z.boolean(),
    twins: z.object({ model: twinView, plan: twinView }),
  })
  .meta({ id: 'Shadow' });
export type Shadow = ResponseOf<typeof shadow>;

const drift = z
  .object({
    device: z.string(),
    name: z.string(),
    version: z.int(),
    since: instant,
    sinceMs: z.number(),
    state: z.enum(['pending', 'refused']).describe('pending: the device has not reported it yet'),
    fault: reportedFault.nullable(),
    isConnected: z.boolean(),
  })
  .meta({ id: 'Drift', description: 'A document that a device has not applied' });
export type Drift = ResponseOf<typeof drift>;

export const drifts = pageOf('drifts', drift);

const AT = '2026-11-23T09:30:00.000Z';

export const TWIN_EXAMPLE: TwinView = {
  desired: {
    version: 3,
    at: AT,
    cause: { code: 'model', text: 'mobilenet assigned' },
    document: { v: 1, version: 3, cause: 'mobilenet assigned', at: AT, model: 'k3v9x2m1' },
  },
  reported: { version: 3, at: '2026-11-23T09:30:07.200Z', state: 'applied', fault: null },
  isConverged: true,
  convergedMs: 7200,
};

export const SHADOW_EXAMPLE: Shadow = {
  ...{ device: 'pi-kitchen', version: 5, isConnected: true },
  twins: { model: TWIN_EXAMPLE, plan: TWIN_EXAMPLE },
};

export const DRIFT_EXAMPLE: Drift = {
  ...{ device: 'pi-kitchen', name: 'model', version: 4, since: AT, sinceMs: 61_000 },
  ...{ state: 'refused', fault: { code: 'MODEL_REFUSED', message: 'a block cannot be loaded' } },
  isConnected: true,
};

export function viewOf(newest: TwinRow | null, reported: TwinState | null): TwinView {
  const isConverged = newest !== null && newest.appliedAt !== null;
  return {
    desired:
      newest === null
        ? null
        : {
            version: newest.version,
            at: newest.createdAt.toISOString(),
            cause: { code: newest.causeCode, text: newest.causeText },
            document: planIn(newest.document)?.plan ?? newest.document,
          },
    reported: reported === null ? null : reportOf(reported),
    isConverged,
    convergedMs:
      newest === null || newest.appliedAt === null
        ? null
        : newest.appliedAt.getTime() - newest.createdAt.getTime(),
  };
}

function reportOf({ version, reportedAt, appliedAt, refusal }: TwinState): TwinView['reported'] {
  if (reportedAt === null) return null;
  const state = appliedAt === null ? 'refused' : 'applied';
  return { version, at: reportedAt.toISOString(), state, fault: faultOf(refusal) };
}

export function driftOf(row: TwinState, isConnected: boolean, now: Date): Drift {
  const { deviceId: device, name, version, createdAt, reportedAt, refusal } = row;
  return {
    ...{ device, name, version, since: createdAt.toISOString() },
    sinceMs: now.getTime() - createdAt.getTime(),
    state: reportedAt === null ? 'pending' : 'refused',
    ...{ fault: faultOf(refusal), isConnected },
  };
}

/** Why a device rejected a document; only `DeviceNews` writes the column. */
const faultOf = (refusal: unknown) => refusal as Drift['fault'];

/** Where a page ended, for the next request. */
export function cursorOf({ device, name }: DriftPlace): string {
  return Buffer.from(`${device} ${name}`).toString('base64url');
}

/** The place a cursor stands for; throws REQUEST_INVALID for text that is no cursor. */
export function placeOf(cursor: string): DriftPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, device = '', name = ''] = /^([a-z0-9-]{1,64}) (model|plan)$/.exec(text) ?? [];
  if (name === '') throw new Fault('REQUEST_INVALID', 'cursor: invalid');
  return { device, name };
}
