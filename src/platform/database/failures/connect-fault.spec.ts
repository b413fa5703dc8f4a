import { describe, expect, it } from 'vitest';
import { connectFault } from './connect-fault.js';

const URL_GIVEN = 'postgresql://ada:hush@db.example:6543/fleet';
const coded = (code: string, text = 'as the driver says') =>
  Object.assign(new Error(text), { code });

describe('a connection to PostgreSQL that fails', () => {
  it.each([
    ['28P01', 'CONFIG_INVALID', /db\.example:6543 rejects the password of user 'ada'; correct it/],
    ['28000', 'CONFIG_INVALID', /does not accept user 'ada' from here; .*pg_hba\.conf/],
    ['3D000', 'CONFIG_INVALID', /'fleet' does not exist on db\.example:6543; create it/],
    ['42501', 'CONFIG_INVALID', /user 'ada' has no right to use the database 'fleet'.*; grant/],
    ['53300', 'DATABASE_UNAVAILABLE', /no free connection; raise max_connections/],
    ['57P03', 'DATABASE_UNAVAILABLE', /starting or stopping; start Flotilla later/],
    ['ECONNREFUSED', 'DATABASE_UNAVAILABLE', /does not answer \(connection refused\); start it/],
    ['ENOTFOUND', 'DATABASE_UNAVAILABLE', /does not answer \(its name is unknown\)/],
    ['XX000', 'DATABASE_UNAVAILABLE', /does not answer \(as the driver says\)/],
  ])('with %s is %s and says what to do', (code, kind, expected) => {
    const fault = connectFault(coded(code), URL_GIVEN);
    expect(fault.code).toBe(kind);
    expect(fault.message).toMatch(/^DATABASE_URL: /);
    expect(fault.message).toMatch(expected);
    expect(fault.message).not.toContain('hush');
  });

  it('at a name with several addresses has the reason of the first', () => {
    const all = new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')]);
    expect(connectFault(all, URL_GIVEN).message).toContain('connection refused');
  });

  it('by a URL that is none has its form, and no password', () => {
    const { code, message } = connectFault(
      new Error('Invalid URL'),
      'postgresql://ada:hu#sh@x:y/z',
    );
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toMatch(/not a valid URL; set postgresql:/);
    expect(message).not.toContain('sh@');
  });
});
