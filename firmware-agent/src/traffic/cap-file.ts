/** The count of the month on disk. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { replaceFile } from '../disk/atomic-file.js';
import { errorText, type Log } from '../log.js';
import type { KeptMonth } from './monthly-cap.js';

const keptMonth = z.object({
  month: z
    .string()
    .regex(/^\d{4}-\d{2}$/)
    .nullable(),
  bytes: z.number().min(0),
  isSpent: z.boolean(),
  known: z
    .object({ cloudMs: z.number().min(0), boot: z.string().min(1), monotonicMs: z.number().min(0) })
    .nullable(),
});

export class CapFile {
  private isFailing = false;

  constructor(
    private readonly path: string,
    private readonly log: Log,
  ) {}

  /** Undefined where there is none yet; null where it is damaged: how much is used is then unknown, and not nothing. */
  read(): KeptMonth | null | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      this.log.error(`${this.path}: ${errorText(error)}; the month counts as spent`);
      return null;
    }
    try {
      return keptMonth.parse(JSON.parse(text));
    } catch {
      this.log.error(`${this.path} is damaged; the month counts as spent`);
      return null;
    }
  }

  /** A disk that rejects it is logged once; the count goes on in memory. */
  write(month: KeptMonth): void {
    try {
      replaceFile(this.path, `${JSON.stringify(month)}\n`);
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.log.error(`${this.path}: ${errorText(error)}`);
      this.isFailing = true;
    }
  }
}
