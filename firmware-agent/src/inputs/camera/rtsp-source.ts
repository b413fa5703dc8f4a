/**
 * An RTSP camera, read by FFmpeg over TCP. Its address stands in a script of FFmpeg's concat demuxer, on standard input: every user
 * of the machine can read the arguments of a process.
 */
import type { CameraSource } from './camera-source.js';
import { Reach } from './reach.js';
import { hidingAll, type RtspAddress } from './rtsp-address.js';

/** A camera that is back is seen within this pause and a look. */
const PAUSE_CAP_MS = 1500;
/** From this number of failures in a row of one of these kinds, attempts are rare: trying again soon does not mend them. */
const MAX_LASTING = 3;
/** Many cameras lock an account after five to seven wrong passwords. */
const REFUSED_PAUSE_MS = 60_000;
const LASTING_PAUSE_MS = 10_000;
/** FFmpeg ends by itself after this multiple of the silence, in case that the agent was killed. */
const OWN_SILENCE = 1.5;
/** FFmpeg's scale from 2 (best) to 31. */
const JPEG_QUALITY = 3;
/** Time to learn the format of a stream whose description does not say it. */
const ANALYSE_MS = 1000;
/** Pictures that come this much too early still count as in time: cameras do not keep their rate to the millisecond. */
const EARLY_SHARE = 0.9;

/** What FFmpeg says, in the words of people. */
const IN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/(?:returned|failed:) 401\b/, 'the camera refuses the user or the password (401 Unauthorized)'],
  [
    /(?:returned|failed:) 403\b/,
    'the camera does not allow this user to see the stream (403 Forbidden)',
  ],
  [
    /(?:returned|failed:) 404\b/,
    'the camera has no stream under the path of the address (404 Not Found)',
  ],
  [/Stream map .* matches no streams/, 'the stream of the camera has no pictures'],
  [
    /(?:Unrecognized|Option).*(?:fps_mode|enc_time_base)|Unknown keyword 'option'/,
    'this FFmpeg is too old: version 5.1 or newer is needed',
  ],
];
const LASTING = IN_WORDS.map(([, text]) => text);

export class RtspSource implements CameraSource {
  readonly program = 'ffmpeg';
  readonly words: readonly [string, ...string[]];
  readonly script: string;
  readonly pauseCapMs = PAUSE_CAP_MS;
  readonly remedy = '--rtsp needs it: sudo apt-get install ffmpeg';
  private readonly reach: Reach;
  private readonly hide: (text: string) => string;
  private lasting = 0;

  /** With an interval, pictures that come more often are left out before they are encoded; 0 takes all. */
  constructor(
    address: RtspAddress,
    readonly name: string,
    readonly silenceMs: number,
    intervalMs: number,
  ) {
    this.words = ['ffmpeg', ...argumentsFor(intervalMs)];
    this.script = scriptFor(address, silenceMs);
    this.reach = new Reach(address.host, address.port);
    this.hide = hidingAll(address);
  }

  absence(signal: AbortSignal): Promise<string | undefined> {
    return this.reach.absence(signal);
  }

  leastPauseMs(fault: string): number {
    const isLasting = [this.remedy, ...LASTING].some((text) => fault.includes(text));
    this.lasting = isLasting ? this.lasting + 1 : 0;
    if (this.lasting < MAX_LASTING) return 0;
    return fault.includes('401 Unauthorized') ? REFUSED_PAUSE_MS : LASTING_PAUSE_MS;
  }

  shown(line: string): string {
    const known = IN_WORDS.find(([pattern]) => pattern.test(line));
    return known?.[1] ?? this.hide(line).replace(/^pipe:0: /, '');
  }
}

function argumentsFor(intervalMs: number): string[] {
  const gap = (EARLY_SHARE * intervalMs) / 1000;
  const chosen = `select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,${gap})`;
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    // More threads would decode several pictures at once, and hold each back until the next ones are here.
    ...['-threads', '1', '-f', 'concat', '-safe', '0'],
    ...['-protocol_whitelist', 'pipe,rtsp,rtsps,rtp,tcp,tls,udp,crypto', '-i', 'pipe:0'],
    ...['-map', '0:v:0', ...(intervalMs > 0 ? ['-vf', chosen] : [])],
    // As they come: no picture twice, and times in milliseconds.
    ...['-fps_mode', 'vfr', '-enc_time_base', '1:1000', '-threads', '1'],
    ...['-q:v', String(JPEG_QUALITY), '-f', 'mjpeg', 'pipe:1'],
  ];
}

function scriptFor({ url }: RtspAddress, silenceMs: number): string {
  const options = {
    rtsp_transport: 'tcp',
    allowed_media_types: 'video',
    timeout: 1000 * OWN_SILENCE * silenceMs,
    fpsprobesize: 0,
    analyzeduration: 1000 * ANALYSE_MS,
  };
  return [
    'ffconcat version 1.0',
    `file '${url.replaceAll("'", '%27')}'`,
    ...Object.entries(options).map(([key, value]) => `option ${key} ${value}`),
    '',
  ].join('\n');
}
