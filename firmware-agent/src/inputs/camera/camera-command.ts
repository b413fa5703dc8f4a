/** One life of a command that writes MJPEG: from its start until it ends, or is ended because no picture comes. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { monotonicMs } from '../../clock.js';
import { errorText } from '../../log.js';
import type { CameraSource } from './camera-source.js';
import { LastLine } from './last-line.js';
import { MjpegSplitter } from './mjpeg-splitter.js';

/** How long a command may take to end when it is asked to. */
const END_MS = 1000;
/** A process in an uninterruptible wait does not even end by SIGKILL. It is left behind. */
const LEAVE_MS = 3000;
/** Between two looks for a picture. */
const MIN_LOOK_MS = 100;

export interface CommandListener {
  picture(bytes: Uint8Array): void;
  /** A picture was larger than the limit, in bytes, and is dropped. */
  tooLarge(limitBytes: number): void;
}

export class CameraCommand {
  private readonly splitter: MjpegSplitter;
  private readonly child: ChildProcess | undefined;
  private watch: NodeJS.Timeout;
  private readonly complaint = new LastLine();
  private bytes = 0;
  private pictures = 0;
  private tooLarge = 0;
  private lastPictureMs: number;
  /** Why it is ended, where it is not its own end. */
  private reason: string | undefined;
  private isEnding = false;
  private onEnd: (why: string) => void = () => undefined;
  /** Why it ended: by itself, or for its silence. */
  readonly ended: Promise<string>;

  /** Starts the command of a source; ends it when no picture comes for `silenceMs`. */
  constructor(
    private readonly source: CameraSource,
    private readonly listener: CommandListener,
  ) {
    this.lastPictureMs = monotonicMs();
    this.splitter = new MjpegSplitter((limitBytes) => {
      this.tooLarge += 1;
      listener.tooLarge(limitBytes);
    });
    this.watch = setTimeout(() => this.look(), source.silenceMs);
    this.ended = new Promise((resolve) => {
      this.onEnd = resolve;
    });
    this.child = this.start();
  }

  get hasPictures(): boolean {
    return this.pictures > 0;
  }

  /** Since the last picture, or the start. */
  get silentMs(): number {
    return monotonicMs() - this.lastPictureMs;
  }

  /**
   * Asks the command to end, makes it when it does not, and does not wait for one that keeps its output open. With a reason, that
   * one is why it ended.
   */
  end(reason?: string): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.reason = reason;
    clearTimeout(this.watch);
    const { child } = this;
    if (child === undefined) return;
    signalGroup(child, 'SIGTERM');
    const kill = setTimeout(() => {
      signalGroup(child, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, END_MS);
    const leave = setTimeout(() => {
      child.unref();
      this.close(`${this.source.program} does not end, even by SIGKILL`);
    }, END_MS + LEAVE_MS);
    void this.ended.then(() => {
      clearTimeout(kill);
      clearTimeout(leave);
    });
  }

  /** Undefined where the process cannot even be made, as without memory: spawn then throws, or leaves streams out. */
  private start(): ChildProcess | undefined {
    const { words, script, program, remedy } = this.source;
    const [file, ...args] = words;
    try {
      // A group of its own, so that a shell's children end with it.
      const child = spawn(file, args, {
        stdio: [script === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        detached: true,
      }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
      child.once('error', (error: NodeJS.ErrnoException) => {
        const isMissing = error.code === 'ENOENT';
        this.close(isMissing ? `${file} is not installed; ${remedy}` : errorText(error));
      });
      child.once('close', (code, signal) => this.close(`${program} ended (${signal ?? code})`));
      child.stderr.on('data', (piece: Buffer) => this.complaint.push(piece));
      child.stdout.on('data', (piece: Buffer) => this.take(piece));
      // A command that ends before it has read all of it says why by itself.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(script);
      return child;
    } catch (error) {
      this.close(`${program} cannot be started: ${errorText(error)}`);
      return undefined;
    }
  }

  private take(piece: Buffer): void {
    this.bytes += piece.length;
    for (const picture of this.splitter.push(piece)) {
      this.pictures += 1;
      this.lastPictureMs = monotonicMs();
      this.listener.picture(picture);
    }
  }

  /** Looks for a picture since the last look; what waits in the pipe comes first, however late this thread is. */
  private look(): void {
    setImmediate(() => {
      if (this.isEnding) return;
      const { silentMs } = this;
      const leftMs = this.source.silenceMs - silentMs;
      if (leftMs > 0) {
        // Not a whole time again: the last picture may be almost as old.
        this.watch = setTimeout(() => this.look(), Math.max(leftMs, MIN_LOOK_MS));
        return;
      }
      this.end(`no picture for ${(silentMs / 1000).toFixed(0)} s${this.describeBytes()}`);
    });
  }

  private describeBytes(): string {
    const { program } = this.source;
    if (this.tooLarge > 0) return `, ${this.tooLarge} were above the limit of a picture`;
    if (this.pictures > 0) return '';
    if (this.bytes === 0) return `, ${program} wrote nothing`;
    return `, none of the ${this.bytes} bytes that came is a JPEG picture`;
  }

  private close(how: string): void {
    clearTimeout(this.watch);
    const last = this.complaint.text;
    this.onEnd(`${this.reason ?? how}${last && `: ${this.source.shown(last)}`}`);
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
