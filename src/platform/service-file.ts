/** `<data>/service.json` holds the ports of the running service; it exists only while the service can be reached. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from './config/config.js';

/** Ports the service listens on. */
export interface Ports {
  readonly httpPort: number;
  /** 0 when MQTT is served over TLS only. */
  readonly mqttPort: number;
  /** 0 without TLS; otherwise REST uses TLS too. */
  readonly mqttsPort: number;
}

/** Use it only while the data folder is locked: otherwise the file may belong to another service. */
export class ServiceFile {
  private readonly path: string;

  constructor({ data }: Pick<Config, 'data'>) {
    this.path = join(resolve(data), 'service.json');
  }

  /** Writes the file atomically. */
  async write(ports: Ports): Promise<void> {
    await writeFile(`${this.path}.new`, `${JSON.stringify({ pid: process.pid, ...ports })}\n`);
    await rename(`${this.path}.new`, this.path);
  }

  /** Removes the file, also one left by a killed service, and one that was only begun. */
  async remove(): Promise<void> {
    await rm(`${this.path}.new`, { force: true });
    await rm(this.path, { force: true });
  }
}
