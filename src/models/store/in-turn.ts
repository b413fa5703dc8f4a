/** Runs asynchronous actions one after the other, in the order they came. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  /** The action's own outcome; a failure does not hold up those behind it. */
  run<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.last.then(action);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
