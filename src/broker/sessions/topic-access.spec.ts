import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMessage, isSentBy, messageNames, messages, topicOf } from '../../wire/index.js';
import { mayPublish, maySubscribe, refusalOf } from './topic-access.js';

const payload = new Uint8Array(1);
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(...messageNames).map((name) => topicOf(name, 'other')),
  fc
    .array(
      fc.constantFrom(
        'flotilla',
        'v1',
        'pi',
        'other',
        '+',
        '#',
        '$share',
        '$SYS',
        '',
        '..',
        'status',
        'result',
      ),
      { maxLength: 7 },
    )
    .map((levels) => levels.join('/')),
);

describe('topic access of a device', () => {
  it.each(messageNames)('allows %s as the row of the wire table says', (name) => {
    const isOwn = isSentBy(name, 'device');
    const topic = topicOf(name, 'pi');
    expect(mayPublish('pi', { topic, payload }).kind).toBe(isOwn ? 'allowed' : 'refused');
    expect(maySubscribe('pi', topic)).toBe(!isOwn);
    const retained = mayPublish('pi', { topic, payload, retain: true }).kind;
    expect(retained).toBe(isOwn && messages[name].retain ? 'allowed' : 'refused');
    const large = { topic, payload: new Uint8Array(messages[name].maxBytes + 1) };
    expect(mayPublish('pi', large).kind).toBe('refused');
  });

  it('allows only its own topics, whatever the text', () => {
    fc.assert(
      fc.property(text, (topic) => {
        const isOwn = messageNames.some((name) => topicOf(name, 'pi') === topic);
        if (!isOwn) {
          expect(mayPublish('pi', { topic, payload }).kind).toBe('refused');
          expect(maySubscribe('pi', topic)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a CONNECT', () => {
  const good = { clientId: 'pi', username: 'pi', password: 'x' };
  const offline = encodeMessage('status', {
    v: 1,
    state: 'offline',
    sid: 's',
    at: '2026-01-01T00:00:00Z',
  });
  const online = encodeMessage('status', {
    v: 1,
    state: 'online',
    sid: 's',
    at: '2026-01-01T00:00:00Z',
  });
  const will = { topic: topicOf('status', 'pi'), qos: 1, retain: true, payload: offline };

  it('is accepted when it is valid', () => {
    expect(refusalOf(good)).toBeUndefined();
    expect(refusalOf({ ...good, will })).toBeUndefined();
  });

  it.each([
    ['no user', { clientId: 'pi', password: 'x' }, 5],
    ['no password', { clientId: 'pi', username: 'pi' }, 5],
    ['another user', { ...good, username: 'other' }, 2],
    ['no client id', { ...good, clientId: '' }, 2],
    ['no client id and no user', { clientId: '' }, 2],
    ['a will for another', { ...good, will: { ...will, topic: topicOf('status', 'other') } }, 5],
    ['a will that is no status', { ...good, will: { ...will, topic: topicOf('tensor', 'pi') } }, 5],
    ['a will that is nonsense', { ...good, will: { ...will, payload } }, 5],
    ['a will at QoS 0', { ...good, will: { ...will, qos: 0 } }, 5],
    ['a will at QoS 2', { ...good, will: { ...will, qos: 2 } }, 5],
    ['a will without a QoS', { ...good, will: { ...will, qos: undefined } }, 5],
    ['a will that is not retained', { ...good, will: { ...will, retain: false } }, 5],
    ['a will that is online', { ...good, will: { ...will, payload: online } }, 5],
  ])('is rejected with %s', (_, request, code) => {
    expect(refusalOf(request)?.returnCode).toBe(code);
  });
});
