/** The last documents of the cloud and the last profiles, so that a device without a network starts as it stopped. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { blockProfile, desiredModel, desiredPlan } from '../../../src/wire/index.js';
import { errorText, type Log } from '../log.js';
import { replaceFile } from './atomic-file.js';

/** Profiles by “digest threads slowdown runtime version”. */
const profiles = z.record(z.string(), blockProfile);
/** The command that the agent restarts by. */
const restart = z.object({ command: z.string() });
const schemas = { model: desiredModel, plan: desiredPlan, profiles, restart } as const;
type DocumentName = keyof typeof schemas;
type Content<N extends DocumentName> = z.output<(typeof schemas)[N]>;

export class DocumentStore {
  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {}

  /** The document on disk; undefined when there is none or it cannot be read, which is logged. */
  read<N extends DocumentName>(name: N): Content<N> | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(this.path(name), 'utf8'));
      return schemas[name].parse(value) as Content<N>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.log.warn(`${this.path(name)} is not readable and ignored: ${errorText(error)}`);
      }
      return undefined;
    }
  }

  write<N extends DocumentName>(name: N, content: Content<N>): void {
    replaceFile(this.path(name), JSON.stringify(content));
  }

  remove(name: DocumentName): void {
    rmSync(this.path(name), { force: true });
  }

  private path(name: DocumentName): string {
    return join(this.folder, `${name}.json`);
  }
}
