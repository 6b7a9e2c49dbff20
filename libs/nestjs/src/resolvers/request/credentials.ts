/** An authentication scheme is a token (RFC 9110, section 11.1), followed by one space or nothing. */
const SCHEME = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32})(?: |$)/;

/**
 * The credentials of an `Authorization` value, for one scheme; schemes compare without letter case.
 *
 * Returns `undefined` only for a well-formed value of another scheme. Anything that is not well-formed
 * (a tab after the scheme, blanks before it) counts as this scheme with empty credentials: lenient
 * parsers further on would read a token there, and it must not pass unseen.
 */
export function credentialsOf(authorization: string, scheme: string): string | undefined {
  const match = SCHEME.exec(authorization);
  if (!match) return '';
  if (match[1]?.toLowerCase() !== scheme.toLowerCase()) return undefined;
  return authorization.slice(match[0].length);
}
