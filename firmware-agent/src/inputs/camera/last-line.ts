/** The last line of a text that comes in pieces, from its beginning: an address that is cut in front could not be recognised. */
const MAX_CHARACTERS = 2000;

export class LastLine {
  private line = '';
  private last = '';

  push(piece: Uint8Array): void {
    const lines = Buffer.from(piece)
      .toString('utf8')
      .split(/[\r\n]+/);
    for (const [i, part] of lines.entries()) {
      if (i > 0) this.next();
      this.line += part.slice(0, MAX_CHARACTERS - this.line.length);
    }
  }

  /** The last line that is not empty. */
  get text(): string {
    return this.line.trim() || this.last;
  }

  private next(): void {
    this.last = this.text;
    this.line = '';
  }
}
