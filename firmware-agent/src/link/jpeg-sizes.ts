/** How long the JPEG files are that frames come as: the cloud weighs sending them against sending their pixels. */

const REMEMBERED = 32;

export class JpegSizes {
  private readonly latest: number[] = [];

  note(bytes: number): void {
    this.latest.push(bytes);
    if (this.latest.length > REMEMBERED) this.latest.shift();
  }

  /** Median of the latest; undefined before the first. */
  median(): number | undefined {
    const sorted = [...this.latest].sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
  }
}
