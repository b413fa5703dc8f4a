import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Clock, readConfig } from '../../platform/index.js';
import { Flapping } from '../limits/flapping.js';
import { IncidentLog } from '../limits/incident-log.js';
import { Authentication, type Identity } from './authentication.js';

class HeldClock extends Clock {
  override monotonicMs(): number {
    return 0;
  }
}

/** An authentication whose authenticator gives this identity, or fails without one. */
function authenticating(identity: Identity | undefined) {
  const clock = new HeldClock();
  const config = readConfig({
    FLOTILLA_LOGIN_FAILURES_PER_MINUTE: '2',
    FLOTILLA_ADDRESS_LOGIN_FAILURES_PER_MINUTE: '5',
    FLOTILLA_SESSIONS_PER_MINUTE: '1',
  });
  const incidents = new IncidentLog(pino({ level: 'silent' }), clock);
  const flapping = new Flapping(config, clock, incidents);
  const authentication = new Authentication(config, clock, flapping, incidents);
  authentication.use(async () => {
    if (identity === undefined) throw new Error('the database is away');
    return identity;
  });
  const login = (device: string, address: string) =>
    authentication.authenticate({ device, secret: 's', isCertified: false, address }, undefined);
  const logins = () =>
    Object.fromEntries(
      Object.entries(incidents.counts()).filter(([kind, n]) => /^login/.test(kind) && n > 0),
    );
  return { authentication, login, logins };
}
const REFUSED: Identity = { kind: 'refused', because: 'wrong' };

describe('a rejected login', () => {
  it.each([
    [REFUSED, 4, { loginRefused: 1 }],
    [{ kind: 'accepted', device: 'other' }, 4, { loginRefused: 1 }],
    [{ kind: 'unapproved', because: 'waits' }, 5, { loginUnapproved: 1 }],
    [undefined, 3, { loginUnverified: 1 }],
  ] as const)('is counted once, by its reason: %j', async (identity, returnCode, counts) => {
    const { login, logins } = authenticating(identity);
    expect(await login('pi', '192.0.2.7')).toMatchObject({ kind: 'refused', returnCode });
    expect(logins()).toEqual(counts);
  });

  it('is throttled after too many of its device, and counted as that', async () => {
    const { login, logins } = authenticating(REFUSED);
    for (let i = 0; i < 5; i++) await login('pi', '192.0.2.7');
    expect(logins()).toEqual({ loginRefused: 2, loginThrottled: 3 });
  });

  it('is counted as malformed when the CONNECT is, and its credential is not checked', async () => {
    const { authentication, logins } = authenticating({ kind: 'accepted', device: 'pi' });
    const credentials = { device: 'pi', secret: 's', isCertified: false, address: '192.0.2.7' };
    const early = { returnCode: 2, because: 'client id' } as const;
    expect(await authentication.authenticate(credentials, early)).toMatchObject(early);
    expect(logins()).toEqual({ loginMalformed: 1 });
  });

  it('is counted as banned while the device is', async () => {
    const { login, logins } = authenticating({ kind: 'accepted', device: 'pi' });
    for (let i = 0; i < 6; i++) await login('pi', '192.0.2.7');
    expect(logins()).toEqual({ loginBanned: 4 });
  });

  it('counts for the network of an IPv6 address: its client has 2⁶⁴ of them', async () => {
    const { login, logins } = authenticating(REFUSED);
    for (let i = 1; i <= 40; i++) await login(`pi-${i}`, `2001:db8::${i.toString(16)}`);
    expect(logins()).toEqual({ loginRefused: 15, loginThrottled: 25 });
    expect(await login('pi', '2001:db8:0:1::1')).toMatchObject({ returnCode: 4 });
  });
});
