/** Which files an accuracy was measured on: the same ones are not measured again. */
import type { Examined } from '../examination/examined.js';

type Accuracy = NonNullable<Examined['accuracy']>;
type Files = readonly { readonly digest: string }[];

/** An accuracy with the digests of its files; without files, as it is. */
export function withFiles(accuracy: Accuracy, files: Files): Accuracy {
  return files.length === 0 ? accuracy : { ...accuracy, files: digestsOf(files) };
}

/** True when the accuracy was measured on the same files, in any order. */
export function isMeasuredOn(accuracy: Accuracy | undefined, files: Files): boolean {
  return accuracy?.files?.join() === digestsOf(files).join();
}

const digestsOf = (files: Files) => files.map(({ digest }) => digest).sort();
