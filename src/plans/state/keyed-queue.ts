/** Per-key task queue: tasks of one key run in order, those of different keys concurrently. */

export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs a task after all earlier ones of its key, whether they succeeded or not. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const result = before.then(task, task);
    const settled = result.catch(() => undefined);
    this.tails.set(key, settled);
    void settled.then(() => {
      if (this.tails.get(key) === settled) this.tails.delete(key);
    });
    return result;
  }

  /** True while a task of a key runs or waits. */
  isBusy(key: string): boolean {
    return this.tails.has(key);
  }

  /** Resolves when every task requested so far has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.tails.values());
  }
}
