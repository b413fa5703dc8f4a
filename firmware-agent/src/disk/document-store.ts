/**
 * The last documents of the cloud and the last profiles, so that a device without a network starts as it stopped. Each has its SHA-256
 * in its file: a damaged one is not used, and comes again from the cloud or is measured again.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { blockProfile, desiredModel, desiredPlan } from '../../../src/wire/index.js';
import { errorText, type Log } from '../log.js';
import { replaceFile } from './atomic-file.js';
import type { Damage } from './damage.js';
import { DiskTrouble } from './disk-trouble.js';
import { openSealed, sealText } from './sealed-text.js';

/** Profiles by “digest threads slowdown runtime version”. */
const profiles = z.record(z.string(), blockProfile);
/** The command that the agent restarts by. */
const restart = z.object({ command: z.string() });
/** Starts of the machine and their wall time, and the latest time that was believed, in ms since 1970. */
const clocks = z.object({
  boots: z.array(z.object({ boot: z.string(), epochMs: z.number() })),
  latestMs: z.number(),
});
/** Where the broker of a cloud was reached last. */
const broker = z.object({ cloud: z.string(), url: z.string() });
const schemas = {
  model: desiredModel,
  plan: desiredPlan,
  profiles,
  restart,
  clocks,
  broker,
} as const;
type DocumentName = keyof typeof schemas;
type Content<N extends DocumentName> = z.output<(typeof schemas)[N]>;

export class DocumentStore {
  /** What the disk did not take yet; null for a document that is to be removed. */
  private readonly owed = new Map<DocumentName, Content<DocumentName> | null>();
  private readonly trouble: DiskTrouble;

  constructor(
    private readonly folder: string,
    private readonly damage: Damage,
    private readonly log: Log,
  ) {
    const texts = {
      what: 'a document',
      meanwhile: 'it is in force, but would be lost by a restart',
    };
    this.trouble = new DiskTrouble(texts, () => this.writeOwed(), log);
  }

  /** Why a document is not on disk; undefined while all are. */
  get diskFault(): string | undefined {
    return this.trouble.because;
  }

  /** The document as it was last kept; undefined when there is none, or when it is damaged or unreadable, which is noted. */
  read<N extends DocumentName>(name: N): Content<N> | undefined {
    const owed = this.owed.get(name);
    if (owed !== undefined) return owed === null ? undefined : (owed as Content<N>);
    const path = this.path(name);
    try {
      const file = readFileSync(path);
      const opened = openSealed(file);
      if (opened === 'damaged') throw new Error('its bytes have another SHA-256');
      const text = opened === 'unsealed' ? file.toString('utf8') : opened.text;
      const content = schemas[name].parse(JSON.parse(text)) as Content<N>;
      if (opened === 'unsealed') {
        this.log.info(`${path} is of an earlier version and has no digest: it cannot be checked`);
      }
      return content;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const what = code === undefined ? 'is damaged' : 'cannot be read';
      if (code !== 'ENOENT') this.damage.note(`${path} ${what} (${errorText(error)})`, 'ignored');
      return undefined;
    }
  }

  /** Writes a document now; throws when the disk does not take it. */
  write<N extends DocumentName>(name: N, content: Content<N>): void {
    mkdirSync(this.folder, { recursive: true });
    replaceFile(this.path(name), sealText(JSON.stringify(content)));
    this.owed.delete(name);
  }

  /** Writes a document now or, when the disk does not take it, as soon as it does. */
  keep<N extends DocumentName>(name: N, content: Content<N>): void {
    try {
      this.write(name, content);
    } catch (error) {
      this.owed.set(name, content);
      this.trouble.begin(error);
    }
  }

  /** Removes a document now or, when the disk does not take that, as soon as it does. */
  remove(name: DocumentName): void {
    try {
      rmSync(this.path(name), { force: true });
      this.owed.delete(name);
    } catch (error) {
      this.owed.set(name, null);
      this.trouble.begin(error);
    }
  }

  /** Tries for a last time to write what is owed. */
  close(): void {
    this.trouble.close();
  }

  private writeOwed(): void {
    for (const [name, content] of this.owed) {
      if (content !== null) this.write(name, content);
      else {
        rmSync(this.path(name), { force: true });
        this.owed.delete(name);
      }
    }
  }

  private path(name: DocumentName): string {
    return join(this.folder, `${name}.json`);
  }
}
