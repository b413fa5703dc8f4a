/** The one live session of every device; emits its connect and disconnect events, each exactly once and in order. */
import { Inject, Injectable } from '@nestjs/common';
import type { Client } from 'aedes';
import { EventBus, Log } from '../../platform/index.js';
import { IncidentLog } from '../limits/incident-log.js';
import type { DeviceSession } from './device-session.js';

@Injectable()
export class DeviceSessions {
  private readonly live = new Map<string, DeviceSession>();
  private readonly byClient = new WeakMap<Client, DeviceSession>();

  private readonly log: Log;

  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'broker' });
  }

  get count(): number {
    return this.live.size;
  }

  of(device: string): DeviceSession | undefined {
    return this.live.get(device);
  }

  /** Links an Aedes client to its session. */
  attach(client: Client, session: DeviceSession): void {
    this.byClient.set(client, session);
  }

  /** The session of an Aedes client; undefined for the broker itself. */
  ofClient(client: Client | null): DeviceSession | undefined {
    return client === null ? undefined : this.byClient.get(client);
  }

  /** Begins the session of an authenticated device, before its CONNACK; ends an older session first. */
  begin(device: string, session: DeviceSession): void {
    if (session.guard.destroyed) return;
    const older = this.live.get(device);
    if (older !== undefined) {
      const addresses = { address: session.guard.address, olderAddress: older.guard.address };
      const text = 'device connected again while connected';
      this.incidents.report('takenOver', { device, ...addresses }, text);
      older.end('taken over by a newer connection');
      this.finish(device, older);
    }
    this.live.set(device, session);
    const { connection, guard } = session;
    guard.on('close', () => this.finish(device, session));
    this.log.info({ device, connection, address: guard.address }, 'device connected');
    this.events.emit('device.connected', { device, connection, address: guard.address });
  }

  /** Ends every session and resolves when all are closed. */
  async closeAll(reason: string): Promise<void> {
    await Promise.all([...this.live.values()].map((session) => session.close(reason)));
  }

  private finish(device: string, session: DeviceSession): void {
    if (this.live.get(device) !== session) return;
    this.live.delete(device);
    const { connection, guard } = session;
    const reason = guard.endReason ?? 'connection lost';
    this.log.info({ device, connection, reason }, 'device disconnected');
    this.events.emit('device.disconnected', { device, connection, reason });
  }
}
