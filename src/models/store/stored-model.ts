/** Models as their rows hold them: manifest, findings, document for devices, refusal. */
import {
  Fault,
  type FaultCode,
  type ModelDocument,
  type ModelManifest,
  modelManifest,
  withinRanges,
} from '../../wire/index.js';
import { type Examined, examined } from '../examination/examined.js';
import type { ModelRow } from './models.store.js';

const withinManifestRanges = withinRanges(modelManifest);

/** The manifest as stored; an older one lacks what has a default. */
export function manifestOf({ manifest }: Pick<ModelRow, 'manifest'>): ModelManifest {
  return modelManifest.parse(withinManifestRanges(manifest));
}

/** What the examination of a model found; undefined before it is ready. */
export function findingsOf({ document }: Pick<ModelRow, 'document'>): Examined | undefined {
  return document === null ? undefined : examined.parse(document);
}

/** The document for devices. */
export function documentOf(model: ModelRow, found: Examined): ModelDocument {
  const { id, name, version } = model;
  const { digest, inputs, outputs, tensors, blocks } = found;
  const { leaves } = manifestOf(model);
  const policy = leaves === 'anything' ? {} : { leaves };
  return { id, name, version, digest, inputs, outputs, tensors, ...policy, blocks };
}

/** Why a model is refused; undefined of one that is not. */
export function refusalOf({ state, fault }: ModelRow): Fault | undefined {
  if (state !== 'refused') return undefined;
  const { code, message } = fault as { code: FaultCode; message: string };
  return new Fault(code, message);
}
