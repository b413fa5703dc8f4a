/** Streams and argument parsing of all commands. */
import { parseArgs } from 'node:util';

/** Standard output and error of a command. */
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Invalid arguments; the message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** Parses flags and words; throws UsageError for an unknown flag. */
export function readWords<T extends Options>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const [text = ''] = cause instanceof Error ? cause.message.split('. ') : [];
    throw new UsageError(text, { cause });
  }
}

/** Parses a whole number; throws UsageError naming the flag. */
export function wholeNumber(flag: string, word: string, least: number): number {
  const number = Number(word);
  if (/^\d{1,15}$/.test(word) && number >= least) return number;
  throw new UsageError(`--${flag}: must be a whole number from ${least}, is '${word}'`);
}
