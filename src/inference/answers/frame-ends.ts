/** The end of a frame, once: the message to the device, the memory of it, and the event with all figures. */
import { Inject, Injectable } from '@nestjs/common';
import { Broker } from '../../broker/index.js';
import { Clock, EventBus, type Events, Log } from '../../platform/index.js';
import type { Fault } from '../../wire/index.js';
import type { TailAnswer } from '../tail-process/tail.js';
import { AnswerMemory } from './answer-memory.js';
import { type Answer, faultAnswer, resultAnswer } from './answer-messages.js';
import { FrameTimes } from './frame-times.js';

const KIB = 1024;
const REMEMBERED = {
  answersPerDevice: 16,
  bytesPerDevice: 256 * KIB,
  idsPerDevice: 256,
  devices: 10_000,
  repeatMs: 1000,
};

type EndFigures = Pick<Events['inference.frameEnded'], 'endedAs' | 'queueMs' | 'runMs' | 'work'>;

const NO_FIGURES = { queueMs: null, runMs: null, work: null };

@Injectable()
export class FrameEnds {
  readonly counts = { repeated: 0, results: 0, faults: 0 };
  private readonly memory = new AnswerMemory(REMEMBERED);
  private readonly times = new FrameTimes();
  private readonly log: Log;

  constructor(
    @Inject(Broker) private readonly broker: Broker,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'inference' });
  }

  /** True for a chunk of a frame that has ended; sends its answer again, but not for every chunk. */
  hasEnded(device: string, frame: string): boolean {
    const recalled = this.memory.recall(device, frame, this.clock.monotonicMs());
    if (recalled === undefined) return false;
    this.counts.repeated += 1;
    if (recalled.kind === 'answer') this.send(device, recalled.answer);
    return true;
  }

  /** A chunk arrived; only the first of a frame counts. */
  arrived(device: string, frame: string): void {
    this.times.arrived(device, frame, this.clock.now().getTime());
  }

  completed(device: string, frame: string): void {
    this.times.completed(device, frame, this.clock.now().getTime());
  }

  /** Ends a frame with the outputs of its tail. */
  answer(device: string, frame: string, model: string, result: TailAnswer): void {
    const { queueMs, waitMs, cloudMs, blockMs, decodings, overheadMs } = result;
    this.end(device, frame, resultAnswer(frame, result), {
      ...{ endedAs: 'result', queueMs, runMs: cloudMs },
      work: { model, waitMs, blockMs, decodings, overheadMs },
    });
    this.counts.results += 1;
  }

  /** Ends a frame with a fault; without a frame, only sends the fault. */
  refuse(device: string, frame: string | undefined, fault: Fault): void {
    const { code, message } = fault;
    this.counts.faults += 1;
    this.log.debug({ device, frame, code }, message);
    const answer = faultAnswer(fault, frame);
    if (frame === undefined) this.send(device, answer);
    else this.end(device, frame, answer, { ...NO_FIGURES, endedAs: code });
  }

  forget(device: string): void {
    this.memory.forget(device);
    this.times.forget(device);
  }

  private end(device: string, frame: string, answer: Answer, figures: EndFigures): void {
    this.send(device, answer);
    this.memory.remember(device, frame, answer, this.clock.monotonicMs());
    const times = this.times.take(device, frame);
    if (times === undefined) return;
    const endedMs = this.clock.now().getTime();
    this.events.emit('inference.frameEnded', { device, frame, ...times, endedMs, ...figures });
  }

  private send(device: string, answer: Answer): void {
    this.broker.send('result', device, answer);
  }
}
