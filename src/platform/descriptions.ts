/** A registry of descriptions of resources, by kind, for the audit log. */

/** The settings of a resource, without secrets; undefined or null when it does not exist. */
export type Description = (id: string) => Promise<unknown>;

export class Descriptions {
  private readonly byKind = new Map<string, Description>();

  /** Registers the description of a kind (`devices`, as in `/api/v1/devices/:id`). */
  register(kind: string, description: Description): void {
    this.byKind.set(kind, description);
  }

  /** Describes `devices/pi-1`; null when it does not exist or its kind is not registered. */
  async describe(subject: string): Promise<unknown> {
    const slash = subject.indexOf('/');
    const description = slash < 0 ? undefined : this.byKind.get(subject.slice(0, slash));
    return (await description?.(subject.slice(slash + 1))) ?? null;
  }
}
