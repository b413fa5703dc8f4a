import { describe, expect, it } from 'vitest';
import { newSecret } from '../keys/secret.js';
import { forAudit, redacted } from './redacted.js';

describe('what is kept of a request', () => {
  it('has no secret, however deep', () => {
    const secret = newSecret();
    const kept = redacted({
      device: { id: 'pi', secret },
      rows: [{ id: 'a', secret }, { deviceSecret: secret }],
      ...{ key: `flo_${secret}`, token: `fle_${secret}`, name: `see flo_${secret}!` },
    });
    expect(JSON.stringify(kept)).not.toContain(secret);
    expect(kept).toMatchObject({ device: { id: 'pi', secret: '***' }, name: 'see ***!' });
  });

  it('keeps what only sounds like one', () => {
    const value = { tokenId: 'a1', keys: ['x'], secretVersion: 2, monkey: 'b', secret: null };
    expect(redacted(value)).toEqual(value);
  });

  it('is bounded', () => {
    const kept = forAudit({ rows: Array.from({ length: 9000 }, (_, id) => ({ id })) });
    expect(kept).toMatchObject({ chars: expect.any(Number) });
    expect(JSON.stringify(kept).length).toBeLessThan(2000);
  });
});
