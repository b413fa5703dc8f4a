/** One life of a command that writes MJPEG: from its start until it ends, or is ended because no picture comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { monotonicMs } from '../../clock.js';
import { errorText } from '../../log.js';
import { MjpegSplitter } from './mjpeg-splitter.js';

/** How long a command may take to end when it is asked to. */
const END_MS = 1000;
/** A process in an uninterruptible wait does not even end by SIGKILL. It is left behind. */
const LEAVE_MS = 3000;
const COMPLAINT_CHARACTERS = 500;

export interface CommandListener {
  picture(bytes: Uint8Array): void;
  /** A picture was larger than the limit, in bytes, and is dropped. */
  tooLarge(limitBytes: number): void;
}

export class CameraCommand {
  private readonly splitter: MjpegSplitter;
  private readonly child: ChildProcess;
  private readonly watch: NodeJS.Timeout;
  private complaint = '';
  private bytes = 0;
  private pictures = 0;
  private lastPictureMs: number;
  private silence: string | undefined;
  private isEnding = false;
  private onEnd: (why: string) => void = () => undefined;
  /** Why it ended: by itself, or for its silence. */
  readonly ended: Promise<string>;

  /** Starts the words of a command; ends it when no picture comes for `silenceMs`. */
  constructor(
    words: readonly [string, ...string[]],
    private readonly silenceMs: number,
    listener: CommandListener,
  ) {
    this.lastPictureMs = monotonicMs();
    this.splitter = new MjpegSplitter((limitBytes) => listener.tooLarge(limitBytes));
    const [file, ...args] = words;
    // A group of its own, so that a shell's children end with it.
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.child = child;
    this.watch = setTimeout(() => this.look(), silenceMs);
    this.ended = new Promise((resolve) => {
      this.onEnd = resolve;
    });
    child.stderr.on('data', (piece: Buffer) => {
      this.complaint = (this.complaint + piece.toString()).slice(-COMPLAINT_CHARACTERS);
    });
    child.stdout.on('data', (piece: Buffer) => {
      this.bytes += piece.length;
      for (const picture of this.splitter.push(piece)) {
        this.pictures += 1;
        this.lastPictureMs = monotonicMs();
        listener.picture(picture);
      }
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      this.close(error.code === 'ENOENT' ? `${file} is not installed` : errorText(error));
    });
    child.once('close', (code, signal) => this.close(`the command ended (${signal ?? code})`));
  }

  /** Asks the command to end, makes it when it does not, and does not wait for one that keeps its output open. */
  end(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    clearTimeout(this.watch);
    signalGroup(this.child, 'SIGTERM');
    const kill = setTimeout(() => {
      signalGroup(this.child, 'SIGKILL');
      this.child.stdout?.destroy();
      this.child.stderr?.destroy();
    }, END_MS);
    const leave = setTimeout(() => {
      this.child.unref();
      this.close('the command does not end, even by SIGKILL');
    }, END_MS + LEAVE_MS);
    void this.ended.then(() => {
      clearTimeout(kill);
      clearTimeout(leave);
    });
  }

  /** Looks for a picture since the last look; what waits in the pipe comes first, however late this thread is. */
  private look(): void {
    setImmediate(() => {
      if (this.isEnding) return;
      const silentMs = monotonicMs() - this.lastPictureMs;
      if (silentMs < this.silenceMs) {
        this.watch.refresh();
        return;
      }
      this.silence = `no picture for ${(silentMs / 1000).toFixed(0)} s${this.describeBytes()}`;
      this.end();
    });
  }

  private describeBytes(): string {
    if (this.pictures > 0) return '';
    if (this.bytes === 0) return ', the command wrote nothing';
    return `, none of the ${this.bytes} bytes that came is a JPEG picture`;
  }

  private close(how: string): void {
    clearTimeout(this.watch);
    const last = this.complaint.trim().split('\n').at(-1) ?? '';
    this.onEnd(`${this.silence ?? how}${last && `: ${last}`}`);
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of the group have ended by themselves.
  }
}
