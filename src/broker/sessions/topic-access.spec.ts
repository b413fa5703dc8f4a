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

describe('the access of a device', () => {
  it.each(messageNames)('to %s is what the row of the wire table says', (name) => {
    const isOwn = isSentBy(name, 'device');
    const topic = topicOf(name, 'pi');
    expect(mayPublish('pi', { topic, payload }).kind).toBe(isOwn ? 'allowed' : 'refused');
    expect(maySubscribe('pi', topic)).toBe(!isOwn);
    const retained = mayPublish('pi', { topic, payload, retain: true }).kind;
    expect(retained).toBe(isOwn && messages[name].retain ? 'allowed' : 'refused');
    const large = { topic, payload: new Uint8Array(messages[name].maxBytes + 1) };
    expect(mayPublish('pi', large).kind).toBe('refused');
  });

  it('never goes beyond its own topics, whatever text it tries', () => {
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

describe('an introduction', () => {
  const good = { clientId: 'pi', username: 'pi', password: 'x' };

  it('without fault is not refused', () => {
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
  ])('with %s is refused', (_, introduction, code) => {
    expect(refusalOf(introduction)?.returnCode).toBe(code);
  });
});
