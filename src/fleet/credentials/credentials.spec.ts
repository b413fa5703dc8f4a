import { describe, expect, it } from 'vitest';
import { hashOf } from '../../access/index.js';
import { Clock } from '../../platform/index.js';
import { Credentials, type EndedSecret } from './credentials.js';

class HeldClock extends Clock {
  ms = 0;
  override now(): Date {
    return new Date(this.ms);
  }
}

const clock = new HeldClock();
const credentials = () => new Credentials(clock);
const approved = (secret: string) =>
  ({ access: 'approved', secretHash: hashOf(secret), previous: null }) as const;

describe('credentials', () => {
  it('accept a device by its own secret only, and reject unknown devices', () => {
    const known = credentials();
    known.set('one', approved('a'));
    known.set('two', approved('b'));
    expect(known.standing('one', 'a')).toBe('approved');
    for (const [device, secret] of [
      ['one', 'b'],
      ['two', 'a'],
      ['one', ''],
      ['three', 'a'],
      ['toString', 'a'],
    ] as const) {
      expect(known.standing(device, secret)).toBe('refused');
    }
    known.remove('one');
    expect(known.standing('one', 'a')).toBe('refused');
  });

  it('show that a device waits for approval only to a client with its secret', () => {
    const known = credentials();
    known.set('new', { ...approved('a'), access: 'waiting' });
    expect([known.standing('new', 'a'), known.standing('new', 'b')]).toEqual([
      'waiting',
      'refused',
    ]);
    expect(known.standingOfCertified('new')).toBe('waiting');
    expect(known.standingOfCertified('missing')).toBe('refused');
  });

  it('accept an old secret until it ends, and report its end', async () => {
    clock.ms = 1000;
    const known = credentials();
    const ended: EndedSecret[] = [];
    known.whenOldEnds((one) => ended.push(one));
    const previous = { hash: hashOf('old'), endsAt: new Date(1010) };
    for (const device of ['by-old', 'by-new']) known.set(device, { ...approved('new'), previous });
    for (const [device, secret] of [
      ['by-old', 'old'],
      ['by-new', 'new'],
    ] as const) {
      known.letIn(device, secret);
      expect(known.opened(device)).toBe(true);
    }
    // An attempt that came to no session changes nothing.
    known.letIn('by-old', 'new');
    expect([known.standing('by-old', 'old'), known.standing('by-old', 'new')]).toEqual([
      'approved',
      'approved',
    ]);
    clock.ms = 1010;
    expect(known.standing('by-old', 'old')).toBe('refused');
    await expect.poll(() => ended.length).toBe(2);
    // Two timers due at the same time fire in any order.
    expect(new Map(ended.map(({ device, isOpener }) => [device, isOpener]))).toEqual(
      new Map([
        ['by-old', true],
        ['by-new', false],
      ]),
    );
    expect(known.get('by-old')?.previous).toBeNull();
  });

  it('report a session as void once its secret is neither the newest nor the one before', () => {
    clock.ms = 0;
    const known = credentials();
    const endsAt = new Date(60_000);
    known.set('pi', approved('a'));
    known.letIn('pi', 'a');
    known.opened('pi');
    expect(known.set('pi', { ...approved('b'), previous: { hash: hashOf('a'), endsAt } })).toBe(
      true,
    );
    expect(known.set('pi', { ...approved('c'), previous: { hash: hashOf('b'), endsAt } })).toBe(
      false,
    );
    expect(known.isOpener('pi', hashOf('b'))).toBe(true);
    expect(known.isOpener('pi', null)).toBe(true);
    known.letIn('pi', 'b');
    known.remove('pi');
    expect(known.opened('pi')).toBe(false);
    known.onModuleDestroy();
  });
});
