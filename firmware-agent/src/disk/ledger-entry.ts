/** A line of the ledger: CRC-32C of the text, a space, the text. Damaged lines are skipped. */
import { z } from 'zod';
import { clockStates, crc32c, frameRecord, utf8 } from '../../../src/wire/index.js';

const LINE_END = 10;
/** What every line begins with. */
const LINE_START = /[0-9a-f]{8} \{"kind":/g;

/** When a frame started: on the monotonic clock of one start of the machine. */
const moment = z.object({
  startedMs: z.number(),
  boot: z.string(),
  /** How long the machine was suspended until then; absent in lines of earlier versions, which is unknown. */
  suspendedMs: z.number().optional(),
  /** State of the wall clock; absent in lines of earlier versions. */
  clock: z.enum(clockStates).optional(),
});
export type Moment = z.infer<typeof moment>;

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
  /** How many times it was begun, this one included; absent: once. */
  attempt: z.int().min(1).optional(),
  /** Absent in lines of earlier versions: then only `at` dates it. */
  began: moment.optional(),
});
export type OpenFrame = z.infer<typeof openFrame>;

/** How many times a frame was begun. */
export const attemptsOf = ({ attempt = 1 }: OpenFrame): number => attempt;

/** A finished frame's record and, instead of its age, when it started on which clock. */
const finishedFrame = moment.extend({
  record: frameRecord.omit({ ageMs: true, isAgeKnown: true, boot: true, clock: true }),
});
export type FinishedFrame = z.infer<typeof finishedFrame>;

const run = z.object({
  key: z.string(),
  next: z.int().min(0),
  /** Places in the list of files that are not tried again: the agent ended each time it did. */
  passedOver: z.array(z.int().min(0)).optional(),
});
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

export interface DecodedLedger {
  readonly entries: LedgerEntry[];
  /** Bytes of the whole lines: those behind the last line end are torn. */
  readonly goodBytes: number;
  /** Whole lines whose checksum is wrong. */
  readonly damagedLines: number;
}

/** The entries of a file in order; entries of an unknown form are left out. */
export function decodeEntries(bytes: Uint8Array): DecodedLedger {
  const entries: LedgerEntry[] = [];
  let goodBytes = 0;
  let damagedLines = 0;
  const take = (line: Uint8Array): boolean => {
    const read = readLine(line);
    const result = ledgerEntry.safeParse(read?.value);
    if (result.success) entries.push(result.data);
    return read !== undefined;
  };
  for (;;) {
    const end = bytes.indexOf(LINE_END, goodBytes);
    if (end < 0) return { entries, goodBytes, damagedLines };
    const line = bytes.subarray(goodBytes, end);
    if (!take(line)) {
      damagedLines += 1;
      for (const part of partsOf(line)) take(part);
    }
    goodBytes = end + 1;
  }
}

/** The lines in a damaged one: where its damage is in the end of a line, it holds the next line too. */
function partsOf(line: Uint8Array): Uint8Array[] {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('latin1');
  const starts = [...text.matchAll(LINE_START)].map(({ index }) => index);
  return starts.map((start, i) => {
    const next = starts[i + 1];
    return line.subarray(start, next === undefined ? line.length : next - 1);
  });
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
