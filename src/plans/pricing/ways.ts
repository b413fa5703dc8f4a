/**
 * The ways a tensor may travel and what each costs: the bytes as they are, pixels of a picture, and the lossy encodings
 * that the model's policy allows and the device has measured.
 */
import type { EncodingRules } from '../../models/index.js';
import {
  type Birth,
  type Encoding,
  encodedBytes,
  encodings,
  type ImageSpec,
  type LossyEncoding,
  lossyEncodings,
  type Telemetry,
  type TensorSpec,
} from '../../wire/index.js';

/** Abilities of a device that decide how its tensors may travel. */
export type Abilities = Pick<Birth, 'source' | 'encodings' | 'encodeMsPerByte' | 'runsBlocks'> &
  Pick<Telemetry, 'jpegBytes'>;

/** Before the first birth of a device. */
export const NO_ABILITIES: Abilities = { source: 'tensor', encodings: ['raw', 'pixels'] };

/** An encoding that is not listed costs next to nothing. */
export type MsPerByte = { readonly [E in Encoding]?: number | undefined };

/** All that decides how tensors may travel, as plain values. */
export interface EncodingCosts {
  /** Whether frames are pictures, so that an image input may travel as pixels. */
  readonly source: Birth['source'];
  /** Encodings that the device can send. No plan asks for another one. */
  readonly spoken: readonly Encoding[];
  /** Length of the file a frame comes as, where it may be sent. */
  readonly jpegBytes?: number;
  /** Lossy encodings that a tensor may travel under, the more precise first. */
  readonly lossy: ReadonlyMap<string, readonly LossyEncoding[]>;
  /** What a byte of the tensor costs on the device. */
  readonly encodeMsPerByte: MsPerByte;
  /** What a byte as it travels costs in the cloud. */
  readonly decodeMsPerByte: MsPerByte;
}

/** One way for one tensor. */
export interface Way {
  readonly encoding: Encoding;
  readonly bytes: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

/** The costs for a model's tensors on a device. */
export function encodingCosts(
  tensors: readonly TensorSpec[],
  rules: Omit<EncodingRules, 'decodeMsPerByte'> & { readonly decodeMsPerByte: MsPerByte },
  { source, encodings: spoken, encodeMsPerByte = {}, jpegBytes }: Abilities,
): EncodingCosts {
  const isMeasured = (one: LossyEncoding): boolean =>
    spoken.includes(one) && encodeMsPerByte[one] !== undefined;
  const lossy = tensors
    .filter(({ dtype }) => dtype === 'float32')
    .map(({ name }): [string, LossyEncoding[]] => [
      name,
      lossyEncodings.filter((one) => isMeasured(one) && isAllowed(name, one, rules)),
    ]);
  return {
    ...{ source, spoken, lossy: new Map(lossy), encodeMsPerByte },
    decodeMsPerByte: rules.decodeMsPerByte,
    ...(spoken.includes('jpeg') && jpegBytes !== undefined && { jpegBytes }),
  };
}

/** Whether a policy lets a tensor travel under a lossy encoding. */
function isAllowed(
  name: string,
  encoding: LossyEncoding,
  { policy, losses }: Pick<EncodingRules, 'policy' | 'losses'>,
): boolean {
  if (policy === 'exact') return false;
  if (policy === 'half') return encoding === 'f16';
  if (policy === 'int8') return true;
  const loss = losses.find((one) => one.tensor === name && one.encoding === encoding);
  if (loss === undefined) return false;
  const { maxRelativeError = Number.POSITIVE_INFINITY, minTop1Agreement = 0 } = policy;
  // Without an output of classes there is no agreement that a bound on it could be kept by.
  const agreement = loss.top1Agreement ?? (minTop1Agreement > 0 ? 0 : 1);
  return loss.maxRelativeError <= maxRelativeError && agreement >= minTop1Agreement;
}

/**
 * The ways of a tensor that the device can send, the exact one first; none where it can send none. An image input of pictures travels as
 * pixels or as the file it came as, and as numbers only from a device that sends neither.
 */
export function waysOf(
  tensor: TensorSpec,
  image: ImageSpec | undefined,
  costs: EncodingCosts,
): Way[] {
  const isPicture = image !== undefined && costs.source === 'image';
  const asPicture = isPicture ? pictureLengths(tensor, costs) : [];
  const lengths = asPicture.length > 0 ? asPicture : numberLengths(tensor, costs);
  return lengths.map(([encoding, bytes]) => ({
    encoding,
    bytes,
    encodeMs: tensor.bytes * (costs.encodeMsPerByte[encoding] ?? 0),
    decodeMs: bytes * (costs.decodeMsPerByte[encoding] ?? 0),
  }));
}

type Lengths = readonly (readonly [Encoding, number])[];

function numberLengths(tensor: TensorSpec, { lossy, spoken }: EncodingCosts): Lengths {
  const exact = spoken.includes('raw') ? (['raw'] as const) : [];
  return [...exact, ...(lossy.get(tensor.name) ?? [])].map((encoding) => [
    encoding,
    encodedBytes(encoding, tensor),
  ]);
}

/**
 * A file is worth a thought only where decoding it was measured, and where it is shorter than its pixels. A device that sends no pixels
 * sends its files in any case; one that has not said their length yet may send them as long as pixels.
 */
function pictureLengths(tensor: TensorSpec, costs: EncodingCosts): Lengths {
  const pixelBytes = encodedBytes('pixels', tensor);
  const { jpegBytes = pixelBytes, decodeMsPerByte, spoken } = costs;
  const hasPixels = spoken.includes('pixels');
  const isShort = hasPixels ? jpegBytes < pixelBytes : jpegBytes <= pixelBytes;
  const sendsFiles = spoken.includes('jpeg') && decodeMsPerByte.jpeg !== undefined && isShort;
  return [
    ...(hasPixels ? [['pixels', pixelBytes] as const] : []),
    ...(sendsFiles ? [['jpeg', jpegBytes] as const] : []),
  ];
}

/** The way that an encoding asked of a whole unit means for one tensor: itself, or the next more precise one there is. */
export function wayFor(ways: readonly Way[], encoding: string): Way | undefined {
  const most = rankOf(encoding);
  return ways.findLast((way) => rankOf(way.encoding) <= most) ?? ways[0];
}

/** Places of encodings, the less precise later. */
export function rankOf(encoding: string): number {
  const all: readonly string[] = encodings;
  return all.indexOf(encoding);
}
