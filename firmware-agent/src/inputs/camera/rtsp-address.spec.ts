import { describe, expect, it } from 'vitest';
import { hidingAll, hostsOnly, rtspAddressOf } from './rtsp-address.js';

const addressOf = (text: string) => {
  const address = rtspAddressOf(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address;
};

describe('an RTSP address', () => {
  it.each([
    ['rtsp://10.0.0.5/stream1', '10.0.0.5:554', '10.0.0.5', 554],
    ['rtsp://admin:secret@10.0.0.5:8554/a?b=c', '10.0.0.5:8554', '10.0.0.5', 8554],
    ['rtsps://door.local/x', 'door.local:322', 'door.local', 322],
    ['door=rtsp://u:p=q@10.0.0.5/x', 'door', '10.0.0.5', 554],
    ['Haustür 2=rtsp://10.0.0.5/x', 'Haustür 2', '10.0.0.5', 554],
    ['rtsp://[fe80::1]:554/x', '[fe80::1]:554', 'fe80::1', 554],
  ])('of %s is shown as %s', (text, name, host, port) => {
    expect(addressOf(text)).toMatchObject({ name, host, port });
  });

  it.each([
    ['http://10.0.0.5/stream'],
    ['http://10.0.0.5:554/stream'],
    ['10.0.0.5/stream'],
    ['rtsp:///stream'],
    ['rtsp://10.0.0.5:99999/x'],
    ['rtsp://10.0.0.5:0/x'],
    // The # of a password would cut host and path off.
    ['rtsp://admin:12#34@10.0.0.5/x'],
    ["rtsp://10.0.0.5/x\nfile '/etc/passwd'"],
    ['rtsp://10.0.0.5/a b'],
    [`rtsp://10.0.0.5/${'x'.repeat(1000)}`],
  ])('is not %j', (text) => {
    expect(rtspAddressOf(text)).toBeUndefined();
  });
});

describe('a text of FFmpeg', () => {
  const hide = hidingAll(addressOf('rtsp://ann:p%40ss%2Fword@10.0.0.5:554/Tok3n?user=x'));

  it.each([
    [
      "[concat @ 0x1] Impossible to open 'rtsp://ann:p%40ss%2Fword@10.0.0.5:554/Tok3n?user=x'",
      "[concat @ 0x1] Impossible to open 'rtsp://10.0.0.5:554/***'",
    ],
    ['tcp://10.0.0.5:554?timeout=20 failed: refused', 'tcp://10.0.0.5:554/*** failed: refused'],
    ['PLAY /Tok3n?user=x for p@ss/word', 'PLAY *** for ***'],
    ['could not use p%40ss%2Fword', 'could not use ***'],
    ['no address at all', 'no address at all'],
  ])('of %j shows no secret', (text, expected) => {
    expect(hide(text)).toBe(expected);
  });

  it.each([
    ['http://u:a/b?c@d@host:80/path', 'http://host:80/***'],
    ['open rtsp://host: failed', 'open rtsp://host: failed'],
    ['mqtt://u:p@host', 'mqtt://host'],
  ])('of any command, as %j, shows only hosts', (text, expected) => {
    expect(hostsOnly(text)).toBe(expected);
  });
});
