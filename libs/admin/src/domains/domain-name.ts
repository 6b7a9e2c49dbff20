import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { isHostname } from '@rowhouse/core/internal';
import { parse } from 'tldts';
import { CHALLENGE_PREFIX } from './domain-challenge.js';
import { DomainInvalidError } from './domain-errors.js';

/** The name of the challenge has to fit into a name of DNS too (RFC 1035, section 2.3.4). */
const MAX_LENGTH = 253 - CHALLENGE_PREFIX.length;

/** `domainToASCII` reads what comes as a part of a URL: it takes away what follows `/`, `?`, `#`, and decodes `%`. */
const ASCII_OUTSIDE_OF_NAMES = /[^a-zA-Z0-9.\-\u0080-\u{10ffff}]/u;

/** The numbers with which a host is an IPv4 address (WHATWG URL, "ends in a number checker"). */
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i;

/** A host name in ASCII and lower case, of Unicode or punycode; `undefined` for anything else. */
export function asciiNameOf(text: string): string | undefined {
  if (text.length > 253 || ASCII_OUTSIDE_OF_NAMES.test(text)) return undefined;
  const name = domainToASCII(text);
  if (!isHostname(name) || isIP(name) > 0 || ENDS_IN_NUMBER.test(name)) return undefined;
  // Punycode that decodes to what has another encoding, or none.
  return domainToASCII(domainToUnicode(name)) === name ? name : undefined;
}

/** How people write it. */
export function unicodeNameOf(name: string): string {
  return domainToUnicode(name) || name;
}

/**
 * A domain that a tenant may claim, in ASCII.
 *
 * @param reserved - domains of the app, in ASCII; none below them can be claimed either.
 * @throws {DomainInvalidError}
 */
export function parseNewDomain(text: string, reserved: readonly string[] = []): string {
  const name = asciiNameOf(text);
  if (name === undefined)
    throw new DomainInvalidError(
      'expected a host name such as shop.example.com, without scheme, port, path, wildcard or trailing dot',
    );
  if (name.length > MAX_LENGTH)
    throw new DomainInvalidError(`expected at most ${MAX_LENGTH} characters in ASCII`);
  if (!name.includes('.')) throw new DomainInvalidError('expected more than one label');
  if (parse(name, { allowPrivateDomains: true }).domain === null)
    throw new DomainInvalidError('it is a public suffix, below which anybody can register');
  if (reserved.some((one) => name === one || name.endsWith(`.${one}`)))
    throw new DomainInvalidError('it is reserved');
  return name;
}
