import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import {
  decodeMessage,
  encodeMessage,
  Fault,
  isSentBy,
  type MessageName,
  messageNames,
  messages,
  parseTopic,
  topicOf,
  utf8,
} from '../index.js';

const jsonNames = messageNames.filter((name) => !['probe', 'tensor', 'result'].includes(name));

/** The code of the Fault a call throws; otherwise its result. */
function faultOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error instanceof Fault ? error.code : error;
  }
}

describe('a version', () => {
  it('above the integers of the database is malformed', () => {
    const odd = { ...wireSamples.reportedPlan, version: 2 ** 31 };
    expect(faultOf(() => decodeMessage('reportedPlan', encodeMessage('reportedPlan', odd)))).toBe(
      'MESSAGE_MALFORMED',
    );
  });
});

describe.each(messageNames)('%s', (name) => {
  const bytes = encodeMessage(name, wireSamples[name] as never);

  it('round-trips', () => {
    expect(decodeMessage(name, bytes)).toEqual(wireSamples[name]);
  });

  it('is within the size and topic depth of its row', () => {
    expect(bytes.length).toBeLessThanOrEqual(messages[name].maxBytes);
    expect(topicOf(name, 'pi').split('/').length).toBeLessThanOrEqual(7);
  });

  it('is found by its topic', () => {
    expect(parseTopic(topicOf(name, 'pi-7'))).toEqual({ device: 'pi-7', name });
  });
});

describe.each(jsonNames)('the JSON of %s', (name: MessageName) => {
  const value = wireSamples[name] as Record<string, unknown>;
  const encoded = (changed: unknown) => utf8.encode(JSON.stringify(changed));

  it('is a fault when it is truncated', () => {
    const bytes = encoded(value);
    const outcomes = new Set<unknown>();
    for (let length = 0; length < bytes.length; length++) {
      outcomes.add(faultOf(() => decodeMessage(name, bytes.subarray(0, length))));
    }
    expect([...outcomes]).toEqual(['MESSAGE_MALFORMED']);
  });

  it('is a message or a fault, never a crash, when any bit is flipped', () => {
    const bytes = encoded(value);
    const crashes: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (faultOf(() => decodeMessage(name, flipped)) instanceof Error) crashes.push(bit);
    }
    expect(crashes).toEqual([]);
  });

  it('drops unknown fields', () => {
    expect(decodeMessage(name, encoded({ ...value, later: 1 }))).toEqual(value);
  });

  it('is a fault that names the field when a required one is missing or of another version', () => {
    expect(() => decodeMessage(name, encoded({ ...value, v: 2 }))).toThrow(/^v: /);
    expect(() => decodeMessage(name, encoded({ ...value, v: undefined }))).toThrow(/^v: /);
  });
});

describe('any bytes', () => {
  it('are a message or a fault for every row', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...messageNames),
        fc.uint8Array({ maxLength: 300 }),
        (name, bytes) => {
          expect(faultOf(() => decodeMessage(name, bytes))).not.toBeInstanceOf(Error);
        },
      ),
    );
  });
});

describe('a result', () => {
  const bytes = encodeMessage('result', wireSamples.result);

  it('is a fault when it ends within its head', () => {
    const headEnd = 4 + new DataView(bytes.buffer).getUint32(0, true);
    for (let length = 0; length < headEnd; length++) {
      const outcome = faultOf(() => decodeMessage('result', bytes.subarray(0, length)));
      expect(outcome).toBe('MESSAGE_MALFORMED');
    }
  });

  it('is a fault when its head claims four gigabytes', () => {
    const lying = Uint8Array.from(bytes);
    lying.fill(255, 0, 4);
    expect(faultOf(() => decodeMessage('result', lying))).toBe('MESSAGE_MALFORMED');
  });
});

describe('a topic', () => {
  it.each([
    '',
    'flotilla/v1/pi',
    'flotilla/v1/pi/',
    'flotilla/v1//status',
    'flotilla/v1/PI/status',
    'flotilla/v1/pi/status/',
    'flotilla/v1/pi/status\n',
    'flotilla/v1/pi/../other/status',
    'flotilla/v1/+/status',
    'flotilla/v1/pi/#',
    'flotilla/v2/pi/status',
    '/flotilla/v1/pi/status',
    '$share/g/flotilla/v1/pi/status',
    'flotilla/v1/pi/toString',
    'flotilla/v1/pi/__proto__',
    `flotilla/v1/${'x'.repeat(65)}/status`,
    'flotilla/v1/рi/status',
  ])('%j is of no row', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });

  it('has one sender only', () => {
    for (const name of messageNames) {
      expect(isSentBy(name, 'device')).toBe(!isSentBy(name, 'cloud'));
    }
    expect(new Set(messageNames.map((name) => messages[name].topic)).size).toBe(
      messageNames.length,
    );
  });
});

describe('a report', () => {
  const fault = { code: 'DISK_FULL', message: 'no room for block b0' };
  const { fault: _, ...refused } = wireSamples.reportedPlan;
  const { reportedModel: model, commandReport: command } = wireSamples;
  const contradictions: [string, MessageName, object, string][] = [
    ['refuses a plan without a fault', 'reportedPlan', refused, 'fault'],
    ['refuses a plan and names a cut', 'reportedPlan', { ...refused, fault, cut: 0 }, 'cut'],
    [
      'applies a plan with a fault',
      'reportedPlan',
      { ...refused, state: 'applied', fault },
      'fault',
    ],
    ['refuses a model without a fault', 'reportedModel', { ...model, state: 'refused' }, 'fault'],
    ['fails a command without a fault', 'commandReport', { ...command, state: 'failed' }, 'fault'],
    ['ends a command well with a fault', 'commandReport', { ...command, fault }, 'fault'],
    [
      'accepts a command with a result',
      'commandReport',
      { ...command, state: 'accepted' },
      'result',
    ],
  ];

  it.each(contradictions)(
    'that %s is a fault that names the field',
    (_what, name, value, field) => {
      const bytes = utf8.encode(JSON.stringify(value));
      expect(() => decodeMessage(name, bytes)).toThrow(new RegExp(`^${field}: `));
    },
  );

  it('that agrees with itself is accepted', () => {
    const applied = { ...refused, state: 'applied', cut: 3 };
    const failed = { ...command, state: 'failed', fault };
    for (const [name, value] of [
      ['reportedPlan', applied] as const,
      ['commandReport', failed] as const,
    ]) {
      expect(decodeMessage(name, utf8.encode(JSON.stringify(value)))).toEqual(value);
    }
  });
});
