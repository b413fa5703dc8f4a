/** Addresses of RTSP cameras: what may be shown of one, and what only FFmpeg gets. Pure. */

import { withoutCredentials } from '../../log.js';

/** Ports by scheme (RFC 2326, 3.2, and the registry of IANA). */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'rtsp:': 554, 'rtsps:': 322 };
const MAX_CHARACTERS = 1000;
const NAME = /^([\p{L}\p{N}][\p{L}\p{N} ._-]{0,39})=(?=rtsps?:)/iu;
/** Would begin another line of a script for FFmpeg. URL drops some of them in silence. */
const CONTROL = /[\p{Cc}\s]/u;
/** Shorter parts of an address stand in other texts by chance. */
const MIN_SECRET = 4;

export interface RtspAddress {
  /** With its credentials. */
  readonly url: string;
  /** As it stands in logs and telemetry: of the setting, else host and port. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** The address in `[NAME=]URL`; undefined for text that is none. */
export function rtspAddressOf(text: string): RtspAddress | undefined {
  const name = NAME.exec(text)?.[1];
  const url = name === undefined ? text : text.slice(name.length + 1);
  if (CONTROL.test(url) || url.length > MAX_CHARACTERS || !URL.canParse(url)) return undefined;
  const { protocol, hostname, port: given, hash } = new URL(url);
  const usual = DEFAULT_PORTS[protocol];
  const port = given === '' ? usual : Number(given);
  // A # begins no part of such an address: it is one of a password that is not encoded.
  if (usual === undefined || !port || hostname === '' || hash !== '') return undefined;
  return {
    ...{ url, port, host: hostname.replace(/^\[|\]$/g, '') },
    name: name ?? `${hostname}:${port}`,
  };
}

/** A function that makes a text of FFmpeg showable: without credentials and path, which can be a secret too. */
export function hidingAll({ url }: RtspAddress): (text: string) => string {
  const { password, pathname, search } = new URL(url);
  const parts = [password, decoded(password), `${pathname}${search}`, pathname.slice(1)];
  const secrets = parts.filter(({ length }) => length >= MIN_SECRET);
  return (text) =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), hostsOnly(text));
}

/** The text with its addresses cut to scheme, host and port: the rest can hold a token. */
export function hostsOnly(text: string): string {
  return withoutCredentials(text).replace(/(:\/\/[^\s'"/?#]*)[/?#][^\s'"]*/g, '$1/***');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
