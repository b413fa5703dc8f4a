import { describe, expect, it } from 'vitest';
import { asFault, fileFaultOf, isFileFaultCode } from './index.js';

const failed = (code: string, syscall = 'write') =>
  Object.assign(new Error(`${code}: some words, ${syscall} '/data/x'`), { code, syscall });

describe('an error of a file', () => {
  it.each([
    ['ENOSPC', 'DISK_FULL', 507],
    ['EDQUOT', 'DISK_FULL', 507],
    ['EROFS', 'DISK_FAILED', 503],
    ['EIO', 'DISK_FAILED', 503],
    ['ESTALE', 'DISK_FAILED', 503],
    ['EACCES', 'DISK_FAILED', 503],
    ['EMFILE', 'FILES_EXHAUSTED', 503],
    ['ENFILE', 'FILES_EXHAUSTED', 503],
  ])('%s is %s with status %i, without its path', (errno, code, status) => {
    const fault = asFault(failed(errno));
    expect(fault).toMatchObject({ code, status, kind: 'unavailable' });
    expect(fault.message).toContain(errno);
    expect(fault.message).not.toContain('/data');
    expect(isFileFaultCode(fault.code)).toBe(true);
  });

  it('is found behind the error that it caused, and names its disk', () => {
    const outer = new Error('upload', { cause: new Error('inner', { cause: failed('ENOSPC') }) });
    const fault = fileFaultOf(outer, 'disk of the service');
    expect(fault).toMatchObject({ code: 'DISK_FULL', cause: outer });
    expect(fault?.message).toBe(
      'disk of the service: no room or no inode is left on the disk (ENOSPC)',
    );
  });

  it.each([
    ['the limit of inotify', failed('ENOSPC', 'watch')],
    ['a port below 1024', failed('EACCES', 'listen')],
    ['a signal to another user’s process', failed('EPERM', 'kill')],
    ['a file that is not there', failed('ENOENT', 'open')],
    ['a name of a prototype', failed('constructor')],
    ['an error without a code', new Error('ENOSPC')],
    ['no error', 'ENOSPC'],
  ])('is not taken from %s', (_, error) => {
    expect(fileFaultOf(error)).toBeUndefined();
    expect(asFault(error).code).toBe('INTERNAL');
    expect(isFileFaultCode('INTERNAL')).toBe(false);
  });
});
