/** A registry of how things look now, for the audit log: parts say it of the kinds of things they keep. */

/** How a thing is set up, without secrets; undefined or null when it is not there. */
export type Description = (id: string) => Promise<unknown>;

export class Descriptions {
  private readonly byKind = new Map<string, Description>();

  /** Says how things of a kind (`devices`, as in `/api/v1/devices/:id`) are described. */
  register(kind: string, description: Description): void {
    this.byKind.set(kind, description);
  }

  /** Of `devices/pi-1`; null for what is not there, or of a kind that nobody describes. */
  async describe(subject: string): Promise<unknown> {
    const slash = subject.indexOf('/');
    const description = slash < 0 ? undefined : this.byKind.get(subject.slice(0, slash));
    return (await description?.(subject.slice(slash + 1))) ?? null;
  }
}
