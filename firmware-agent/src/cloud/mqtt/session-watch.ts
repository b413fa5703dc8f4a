/** Watches one connection: counts its packets, pings when it is time to, and ends it when no answer comes. */
import type { MqttClient, Packet } from 'mqtt';
import { encodings, type MessageName } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { KeepAlive } from '../../traffic/keep-alive.js';
import type { TrafficMeter } from '../../traffic/traffic-meter.js';

const LOOK_MS = 1000;
/** A packet without content; most have two to four bytes. */
const SMALL_PACKET_BYTES = 4;
/** A CONNECT with its will and credential, about. */
const CONNECT_BYTES = 300;
/** Header of a PUBLISH in addition to its topic. */
const PUBLISH_HEADER_BYTES = 7;

export class SessionWatch {
  /** Bytes that came, whole packets or not: a long one must not look like silence. */
  private received = 0;
  private sentPackets = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: MqttClient,
    private readonly keepAlive: KeepAlive,
    meter: TrafficMeter,
  ) {
    client.stream.on('data', (piece: Uint8Array) => {
      this.received += piece.length;
    });
    client.on('packetsend', (packet) => {
      this.sentPackets += 1;
      meter.packet(lengthOf(packet));
    });
    client.on('packetreceive', (packet) => meter.packet(lengthOf(packet)));
  }

  /** True when no byte came, though some were sent: the connection was closed at the CONNECT. */
  get isUnanswered(): boolean {
    return this.received === 0 && this.sentPackets > 0;
  }

  /** Begins once the broker has accepted the connection; `onDead` is called at most once. */
  begin(isAwaiting: () => boolean, onDead: () => void): void {
    this.keepAlive.began(monotonicMs());
    this.timer = setInterval(() => {
      const { received, sentPackets: sent } = this;
      const moment = { received, sent, isAwaiting: isAwaiting() };
      const deed = this.keepAlive.look(monotonicMs(), moment);
      if (deed === 'ping') this.client.sendPing();
      if (deed === 'dead') {
        clearInterval(this.timer);
        onDead();
      }
    }, LOOK_MS).unref();
  }

  end(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.keepAlive.ended(monotonicMs());
  }
}

function lengthOf(packet: Packet): number {
  if (packet.cmd === 'connect') return CONNECT_BYTES;
  if (packet.cmd !== 'publish') return Math.max(SMALL_PACKET_BYTES, packet.length ?? 0);
  return PUBLISH_HEADER_BYTES + packet.topic.length + packet.payload.length;
}

/** Adds the content of a message to its kind. */
export function noteMessage(meter: TrafficMeter, name: MessageName, bytes: Uint8Array): void {
  meter.note(kindOf(name, bytes), bytes.length);
}

function kindOf(name: MessageName, bytes: Uint8Array) {
  switch (name) {
    case 'tensor': {
      // The encoding is the seventh byte of a chunk.
      const encoding = encodings[bytes[6] ?? 0];
      return encoding === 'jpeg' || encoding === 'pixels' ? 'pictures' : 'tensors';
    }
    case 'result':
      return 'results';
    case 'telemetry':
      return 'telemetry';
    case 'record':
    case 'receipt':
      return 'records';
    case 'probe':
      return 'probes';
    default:
      return 'documents';
  }
}
