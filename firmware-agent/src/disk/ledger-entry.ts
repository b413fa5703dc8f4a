/** A line of the ledger: CRC-32C of the text, a space, the text; the first line that does not fit ends the file. */
import { z } from 'zod';
import { crc32c, frameRecord, utf8 } from '../../../src/wire/index.js';

/** A frame that was begun; what is needed to run it again, or to report it lost. */
const openFrame = z.object({
  frame: frameRecord.shape.frame,
  source: z.string(),
  at: z.string(),
  model: frameRecord.shape.model,
  planVersion: frameRecord.shape.planVersion,
  deadlineMs: frameRecord.shape.deadlineMs,
  /** Place in the run over the files; absent for frames that cannot be had again. */
  position: z.int().min(0).optional(),
});
export type OpenFrame = z.infer<typeof openFrame>;

/** A finished frame's record and, instead of its age, when it started on which clock. */
const finishedFrame = z.object({
  record: frameRecord.omit({ ageMs: true }),
  startedMs: z.number(),
  boot: z.string(),
});
export type FinishedFrame = z.infer<typeof finishedFrame>;

const run = z.object({ key: z.string(), next: z.int().min(0) });
/** Progress over a list of files: everything before `next` was begun. */
export type Run = z.infer<typeof run>;

const ledgerEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begun'), begun: openFrame }),
  z.object({ kind: z.literal('finished'), finished: finishedFrame }),
  z.object({ kind: z.literal('receipted'), frames: z.array(z.string()) }),
  z.object({ kind: z.literal('run'), run: run.nullable() }),
]);
export type LedgerEntry = z.infer<typeof ledgerEntry>;

export function encodeEntry(entry: LedgerEntry): string {
  const text = JSON.stringify(entry);
  return `${checksum(text)} ${text}\n`;
}

/** The whole lines of a file in order, and how many bytes they take; entries of an unknown form are left out. */
export function decodeEntries(bytes: Uint8Array): { entries: LedgerEntry[]; goodBytes: number } {
  const entries: LedgerEntry[] = [];
  let goodBytes = 0;
  for (;;) {
    const end = bytes.indexOf(10, goodBytes);
    const line = end < 0 ? undefined : readLine(bytes.subarray(goodBytes, end));
    if (line === undefined) return { entries, goodBytes };
    const result = ledgerEntry.safeParse(line.value);
    if (result.success) entries.push(result.data);
    goodBytes = end + 1;
  }
}

function readLine(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    const line = utf8.decode(bytes);
    const text = line.slice(9);
    return line.slice(0, 9) === `${checksum(text)} ` ? { value: JSON.parse(text) } : undefined;
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return crc32c(utf8.encode(text)).toString(16).padStart(8, '0');
}
