/** Which bytes of a tensor have come: sorted, disjoint, half-open ranges. n ranges: adding costs O(log n) plus a splice. */

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export class ByteRanges {
  private ranges: ByteRange[] = [];

  /** Adds a range; touching and overlapping ones become one. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const first = this.firstEndingAt(start);
    let last = first;
    let [from, to] = [start, end];
    for (let range = this.ranges[last]; range !== undefined && range.start <= end; ) {
      from = Math.min(from, range.start);
      to = Math.max(to, range.end);
      last += 1;
      range = this.ranges[last];
    }
    this.ranges.splice(first, last - first, { start: from, end: to });
  }

  /** The parts of a range that have come before. */
  *within(start: number, end: number): Generator<ByteRange> {
    for (let i = this.firstEndingAt(start); i < this.ranges.length; i++) {
      const range = this.ranges[i];
      if (range === undefined || range.start >= end) return;
      const common = { start: Math.max(start, range.start), end: Math.min(end, range.end) };
      if (common.start < common.end) yield common;
    }
  }

  /** True when every byte of a range has come. */
  covers(start: number, end: number): boolean {
    const range = this.ranges[this.firstEndingAt(start)];
    return start >= end || (range !== undefined && range.start <= start && range.end >= end);
  }

  /** The gaps below a length. */
  missing(length: number): ByteRange[] {
    const gaps: ByteRange[] = [];
    let start = 0;
    for (const range of this.ranges) {
      if (range.start > start) gaps.push({ start, end: range.start });
      start = range.end;
    }
    if (start < length) gaps.push({ start, end: length });
    return gaps;
  }

  /** Index of the first range that ends at or after a byte: the first that could touch it. */
  private firstEndingAt(byte: number): number {
    let [low, high] = [0, this.ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ranges[middle]?.end ?? 0) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
