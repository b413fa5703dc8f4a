/**
 * What the unsplit network says to each picture of the testbed, and how a device's answer compares with it. It runs before
 * anything is measured, in this process, which serves no device then.
 */
import { openSession } from '../../../../src/runtime/index.js';
import { type Dtype, numbersOf, type Tensor } from '../../../../src/wire/index.js';

/** How the outputs of a frame compare with the unsplit network's. */
export interface Agreement {
  /** Largest difference of an output, to the largest value of that output; 0 for equal numbers. */
  readonly relative: number;
  /** Whether the best class is the same; null for a network without classes. */
  readonly isSameClass: boolean | null;
}

/** An output as an agent prints it. */
export interface PrintedOutput {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly values?: readonly (number | string)[];
  readonly base64?: string;
}

/** A frame's inputs under the name of its first file, which agents print. */
export interface SourceFrame {
  readonly source: string;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

export class ReferenceAnswers {
  private constructor(
    private readonly outputs: ReadonlyMap<string, ReadonlyMap<string, Output>>,
    private readonly classes: string | undefined,
  ) {}

  /** Runs a network on every frame; `classes` is the output that holds scores of classes. */
  static async of(
    onnx: Uint8Array,
    frames: readonly SourceFrame[],
    classes: string | undefined,
  ): Promise<ReferenceAnswers> {
    const session = await openSession(onnx);
    const answers = new Map<string, ReadonlyMap<string, Output>>();
    try {
      for (const { source, inputs } of frames) {
        const outputs = await session.run(inputs);
        answers.set(
          source,
          new Map([...outputs].map(([name, tensor]) => [name, outputOf(tensor)])),
        );
      }
    } finally {
      await session.release();
    }
    return new ReferenceAnswers(answers, classes);
  }

  /** Throws naming the frame's source or output when there is none such. */
  compare(source: string, printed: readonly PrintedOutput[]): Agreement {
    const wanted = this.outputs.get(withoutEnding(source));
    if (wanted === undefined) throw new Error(`no frame of the testbed is called ${source}`);
    let relative = 0;
    let isSameClass: boolean | null = null;
    for (const [name, { numbers, base64 }] of wanted) {
      const found = printed.find((one) => one.name === name);
      if (found === undefined) throw new Error(`an answer to ${source} has no output ${name}`);
      // Most answers have the very same bytes: no need to look at their numbers.
      const got = found.base64 === base64 ? numbers : numbersIn(found);
      if (got === numbers && name !== this.classes) continue;
      relative = Math.max(relative, largestDifference(numbers, got));
      if (name === this.classes) isSameClass = bestOf(numbers) === bestOf(got);
    }
    return { relative, isSameClass };
  }
}

/** An output of the unsplit network, as numbers and as an agent prints a large one. */
interface Output {
  readonly numbers: Numbers;
  readonly base64: string;
}
type Numbers = ArrayLike<number>;

function outputOf(tensor: Tensor): Output {
  return { numbers: quickNumbers(tensor), base64: Buffer.from(tensor.data).toString('base64') };
}

function quickNumbers(tensor: Tensor): Numbers {
  if (tensor.dtype !== 'float32') return numbersOf(tensor);
  return new Float32Array(tensor.data.slice().buffer);
}

/** `picture-03.jpg` and `picture-03.png` are the same picture. */
export function withoutEnding(file: string): string {
  return file.replace(/\.[^.]+$/, '');
}

function numbersIn({ dtype, dims, values, base64 }: PrintedOutput): Numbers {
  if (values !== undefined) return values.map(Number);
  const data = new Uint8Array(Buffer.from(base64 ?? '', 'base64'));
  return quickNumbers({ dtype, dims: [...dims], data });
}

/** Infinity where one has other numbers than the other, or none where the other has some. */
function largestDifference(wanted: Numbers, got: Numbers): number {
  if (wanted.length !== got.length) return Number.POSITIVE_INFINITY;
  let [most, difference] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const [value = Number.NaN, other = Number.NaN] = [wanted[i], got[i]];
    most = Math.max(most, Math.abs(value));
    if (value !== other) difference = Math.max(difference, Math.abs(value - other));
  }
  if (difference === 0) return 0;
  return most > 0 && !Number.isNaN(difference) ? difference / most : Number.POSITIVE_INFINITY;
}

function bestOf(scores: Numbers): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[best] ?? 0)) best = i;
  return best;
}
