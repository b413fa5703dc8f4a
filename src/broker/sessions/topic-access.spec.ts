import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSentBy, messageNames, messages, topicOf } from '../../wire/index.js';
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

  it('is accepted when it is valid', () => {
    expect(refusalOf(good)).toBeUndefined();
  });

  it.each([
    ['no user', { clientId: 'pi', password: 'x' }, 5],
    ['no password', { clientId: 'pi', username: 'pi' }, 5],
    ['another user', { ...good, username: 'other' }, 2],
    ['no client id', { ...good, clientId: '' }, 2],
    ['a will for another', { ...good, will: { topic: topicOf('status', 'other'), payload } }, 5],
    ['a will that is no status', { ...good, will: { topic: topicOf('tensor', 'pi'), payload } }, 5],
    ['a will that is nonsense', { ...good, will: { topic: topicOf('status', 'pi'), payload } }, 5],
  ])('is rejected with %s', (_, request, code) => {
    expect(refusalOf(request)?.returnCode).toBe(code);
  });
});
