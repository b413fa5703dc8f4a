/** All cameras of the settings, which share one limit of frames. */
import type { InputFigures } from '../../../../src/wire/index.js';
import type { Settings } from '../../settings/settings-table.js';
import { Camera, type CameraHost } from './camera.js';
import { type CameraSource, shellSource } from './camera-source.js';
import { FrameLimit } from './frame-limit.js';
import { RtspSource } from './rtsp-source.js';

/** Of a name in telemetry, with room for a number. */
const NAME_CHARACTERS = 90;

export class Cameras {
  private readonly cameras: readonly Camera[];

  constructor(settings: Settings, host: Omit<CameraHost, 'limit'>) {
    const limit = new FrameLimit(settings.frames ?? Number.POSITIVE_INFINITY);
    this.cameras = sourcesOf(settings).map((source) => new Camera(source, { ...host, limit }));
  }

  get isNone(): boolean {
    return this.cameras.length === 0;
  }

  /** Resolves when enough frames were taken, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.cameras.map((camera) => camera.run(signal)));
  }

  figures(): InputFigures[] {
    return this.cameras.map((camera) => camera.figures());
  }
}

function sourcesOf({ mjpeg, rtsp, cameraTimeoutMs, intervalMs }: Settings): CameraSource[] {
  const names = rtsp.map(({ name }) => name.slice(0, NAME_CHARACTERS));
  return [
    ...(mjpeg === undefined ? [] : [shellSource(mjpeg, cameraTimeoutMs)]),
    ...rtsp.map((address, i) => {
      const nth = names.slice(0, i).filter((before) => before === names[i]).length + 1;
      const name = nth === 1 ? names[i] : `${names[i]} (${nth})`;
      return new RtspSource(address, name ?? address.name, cameraTimeoutMs, intervalMs);
    }),
  ];
}
