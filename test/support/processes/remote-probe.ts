/** A probe device in a built process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProbeFrame } from '../devices/probe-device.js';
import type { ProbeOrder, ProbeWord } from './probe-process.js';
import { root, type Service } from './processes.js';

const PROCESS = join(root, 'dist/test/support/processes/probe-process.js');

export class RemoteProbe {
  private constructor(private readonly child: ChildProcess) {}

  /** Enrols a device that is to run a model; resolves when it has a plan that leaves all to the cloud. */
  static async start(service: Service, id: string, model: string): Promise<RemoteProbe> {
    const order: ProbeOrder = {
      ...{ mqttPort: service.mqttPort, id, secret: await service.addDevice(id, model) },
    };
    const probe = new RemoteProbe(fork(PROCESS, { execArgv: [] }));
    const joined = probe.nextMessage();
    probe.child.send(order);
    await joined;
    return probe;
  }

  /** Sends a frame every `periodMs`. */
  begin(everyMs: number): void {
    this.say({ everyMs });
  }

  /** Stops, waits for the missing answers, and returns every frame since the start. */
  async end(): Promise<ProbeFrame[]> {
    const frames = this.nextMessage();
    this.say('end');
    return (await frames) as ProbeFrame[];
  }

  leave(): void {
    this.child.kill();
  }

  private say(word: ProbeWord): void {
    this.child.send(word);
  }

  /** The next it says; rejects when it ends instead. */
  private async nextMessage(): Promise<unknown> {
    const ended = once(this.child, 'exit').then(([code]): never => {
      throw new Error(`the probe’s process ended with ${code}`);
    });
    ended.catch(() => undefined);
    const [message] = await Promise.race([once(this.child, 'message'), ended]);
    return message;
  }
}
