import { IntegrationInvalidError } from '../errors.js';

const MAX_LENGTH = 1_000;
const PLACEHOLDER = 'https://app.invalid';

/**
 * A path of the app, and never a URL: nobody is sent elsewhere.
 *
 * @throws {IntegrationInvalidError}
 */
export function requireReturnTo(path: string): string {
  // A browser takes `\` for `/`, and leaves out tabs and ends of lines.
  const isPath =
    path.length <= MAX_LENGTH &&
    /^\/(?!\/)[^\s\\\p{Cc}]*$/u.test(path) &&
    URL.canParse(path, PLACEHOLDER) &&
    new URL(path, PLACEHOLDER).origin === PLACEHOLDER;
  if (isPath) return path;
  throw new IntegrationInvalidError([{ field: 'returnTo', expected: 'expected a path such as /settings' }]);
}

/** Where the browser goes, with one more parameter. @param appUrl - the origin of the app. */
export function returnUrl(appUrl: string, returnTo: string, name: string, value: string): string {
  const url = new URL(new URL(appUrl).origin + returnTo);
  url.searchParams.set(name, value);
  return url.href;
}
