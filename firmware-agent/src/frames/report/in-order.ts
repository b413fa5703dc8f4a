/** Hands things on in the order of their numbers, 0 first, whatever order they come in. */
export class InOrder<T> {
  private readonly early = new Map<number, T | undefined>();
  private next = 0;

  constructor(private readonly handOn: (one: T) => void) {}

  /** Every number comes once; undefined for one that has nothing to hand on. */
  put(number: number, one: T | undefined): void {
    this.early.set(number, one);
    while (this.early.has(this.next)) {
      const due = this.early.get(this.next);
      this.early.delete(this.next);
      this.next += 1;
      if (due !== undefined) this.handOn(due);
    }
  }
}
