/** The row of its plan table that one device follows by its own choice. */

/** A cut of a plan, and since when the device follows it. */
export interface Following {
  readonly version: number;
  readonly cut: number;
  readonly at: Date;
}

export class FollowedRow {
  private following: Following | undefined;
  private isOverdue = false;

  /** True once the device has reported any row. */
  get isReported(): boolean {
    return this.following !== undefined;
  }

  /** False for a device that had time to follow another row of its table and never reported one. */
  get isTrusted(): boolean {
    return this.isReported || !this.isOverdue;
  }

  /** What the device reported of a plan; undefined where it reported nothing. */
  of(version: number | undefined): Following | undefined {
    return this.following?.version === version ? this.following : undefined;
  }

  followsRow(following: Following): void {
    this.following = following;
  }

  /** The device had time to report a row. */
  expired(): void {
    this.isOverdue = !this.isReported;
  }

  planIssued(): void {
    this.isOverdue = false;
  }
}
