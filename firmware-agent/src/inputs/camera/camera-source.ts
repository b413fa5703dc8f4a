/** Where the pictures of a camera come from: a command, and what is known about it. */
import { hostsOnly } from './rtsp-address.js';

export interface CameraSource {
  /** As it stands in logs and telemetry: without secrets. */
  readonly name: string;
  /** Program and arguments of the command that writes MJPEG. */
  readonly words: readonly [string, ...string[]];
  /** The program, as a fault names it. */
  readonly program: string;
  /** Standard input of the command; undefined for none. */
  readonly script?: string;
  /** Without a picture for so long, the command is started again. */
  readonly silenceMs: number;
  /** Max pause between two starts: longer, and a camera that is back would not be seen. */
  readonly pauseCapMs: number;
  /** What to do when the program is not installed. */
  readonly remedy: string;
  /** Why the camera cannot be there now; undefined where it may be there, or that is unknown. */
  absence?(signal: AbortSignal): Promise<string | undefined>;
  /** The pause that a fault asks for at least. */
  leastPauseMs?(fault: string): number;
  /** A line of the command as it may be shown, in the words of people. */
  shown(line: string): string;
}

/** A shell command of the operator. */
export function shellSource(command: string, silenceMs: number): CameraSource {
  return {
    ...{ name: 'camera', words: ['sh', '-c', command], program: 'the command', silenceMs },
    ...{ pauseCapMs: 10_000, remedy: '', shown: hostsOnly },
  };
}
