/** Traces as a collector would get them, over real HTTP. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { generatedRecord } from '../../../test/support/devices/generated-frames.js';
import { Clock } from '../../platform/index.js';
import { seededRandom } from '../../wire/index.js';
import { Traces } from './traces.js';

const silent = pino({ level: 'silent' });

describe('traces', () => {
  it('are a span a frame and a span a stage, under the id of the frame', async () => {
    const bodies: string[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      bodies.push(body);
      response.end('{}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const traces = new Traces(`http://127.0.0.1:${port}/v1/traces`, new Clock(), silent);
    const record = { ...generatedRecord(seededRandom(1), 1, 0), outcome: 'cloud' as const };
    traces.add({ device: 'pi', record, startedMs: 1_000 });
    await traces.send();
    server.close();
    const { spans } = JSON.parse(bodies[0] ?? '').resourceSpans[0].scopeSpans[0];
    const names = spans.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['frame', 'device', 'encode', 'uplink', 'queue', 'cloud', 'downlink']);
    const [root, ...stages] = spans;
    expect(root).toMatchObject({ traceId: record.frame, startTimeUnixNano: '1000000000' });
    for (const stage of stages) {
      expect(stage).toMatchObject({ traceId: record.frame, parentSpanId: root.spanId });
      expect(BigInt(stage.endTimeUnixNano)).toBeLessThanOrEqual(
        BigInt(root.endTimeUnixNano) + 1000n,
      );
    }
  });

  it('are dropped and counted when they cannot be sent or kept', async () => {
    const traces = new Traces('http://127.0.0.1:1/v1/traces', new Clock(), silent);
    const record = generatedRecord(seededRandom(1), 1, 0);
    for (let i = 0; i < 2_010; i += 1) traces.add({ device: 'pi', record, startedMs: 0 });
    expect(traces.dropped).toBe(10);
    await traces.send();
    expect(traces.dropped).toBe(2_010);
  });
});
