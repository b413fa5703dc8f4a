/** Serialises asynchronous actions, first in first out. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  /** The action's own outcome; a failure does not stop the next ones. */
  run<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.last.then(action);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
