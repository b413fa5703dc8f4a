/** `<data>/service.json` tells programs where the service can be reached; it is there only while it can be. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from './config/config.js';

/** Ports the service listens on. */
export interface Ports {
  readonly httpPort: number;
  /** 0 where MQTT is served over TLS only. */
  readonly mqttPort: number;
  /** 0 where there is no TLS; else REST speaks it, too. */
  readonly mqttsPort: number;
}

/** Use it only while the data folder is locked: before, the file may be another service's. */
export class ServiceFile {
  private readonly path: string;

  constructor({ data }: Pick<Config, 'data'>) {
    this.path = join(resolve(data), 'service.json');
  }

  /** The file is whole as soon as it is seen. */
  async write(ports: Ports): Promise<void> {
    await writeFile(`${this.path}.new`, `${JSON.stringify({ pid: process.pid, ...ports })}\n`);
    await rename(`${this.path}.new`, this.path);
  }

  /** Also removes what a service that was killed has left. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
