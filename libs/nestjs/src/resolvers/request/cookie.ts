/**
 * Every value a `Cookie` header (RFC 6265, section 4.2.1) holds for `name`, quotes taken off.
 *
 * More than one means that somebody set a second cookie for another path or domain; which one counts
 * is not defined, so the caller refuses.
 */
export function cookieValues(header: string, name: string): readonly string[] {
  const values: string[] = [];
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    values.push(
      value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value,
    );
  }
  return values;
}
