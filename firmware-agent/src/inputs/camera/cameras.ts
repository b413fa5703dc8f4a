/** All cameras of the settings, which share one limit of frames. */
import type { InputFigures } from '../../../../src/wire/index.js';
import type { Settings } from '../../settings/settings-table.js';
import { Camera, type CameraHost, type CameraSettings, FrameLimit } from './camera.js';

export class Cameras {
  private readonly cameras: readonly Camera[];

  constructor(settings: Settings, host: Omit<CameraHost, 'limit'>) {
    const limit = new FrameLimit(settings.frames ?? Number.POSITIVE_INFINITY);
    this.cameras = camerasOf(settings).map((camera) => new Camera(camera, { ...host, limit }));
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

function camerasOf({ mjpeg, cameraTimeoutMs: silenceMs }: Settings): CameraSettings[] {
  if (mjpeg === undefined) return [];
  return [{ name: 'camera', words: ['sh', '-c', mjpeg], silenceMs }];
}
