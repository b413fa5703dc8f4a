/** Range headers of resumed downloads (RFC 9110, section 14). */

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The range of a body that a Range header names; undefined when it lies outside. No range, several ranges and other units
 * mean the whole body, as the RFC allows.
 */
export function byteRangeOf(header: string | undefined, bytes: number): ByteRange | undefined {
  const whole = { first: 0, last: bytes - 1 };
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return whole;
  if (from === '') {
    return Number(to) === 0
      ? undefined
      : { first: Math.max(0, bytes - Number(to)), last: whole.last };
  }
  const [first, last] = [Number(from), to === '' ? whole.last : Math.min(Number(to), whole.last)];
  if (to !== '' && Number(to) < first) return whole;
  return first > whole.last ? undefined : { first, last };
}
