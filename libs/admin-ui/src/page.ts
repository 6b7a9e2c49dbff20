/** Injection token of {@link apiFromPage}. */
export const API_FROM_PAGE = Symbol('rowhouse.api-from-page');

/** The path of the API as seen from the page's folder: whatever stands before both, it holds. */
export function apiFromPage(path: string, api: string): string {
  return `${'../'.repeat(path.split('/').length)}${api}`;
}

/**
 * The folder of the pages, relative to where one was asked for.
 *
 * @param segments - of the request's path, below the path of the pages.
 */
export function folderFrom(path: string, segments: number): string {
  const isFolder = path.endsWith('/');
  if (segments === 0) return isFolder ? './' : `./${path.split('/').at(-1)}/`;
  return '../'.repeat(isFolder ? segments : segments - 1) || './';
}

/**
 * The page with what it learns when it is sent.
 *
 * @param base - what its addresses are relative to.
 * @param nonce - of the styles that it makes in the browser.
 */
export function pageAt(page: string, { base, api, nonce }: { base: string; api: string; nonce: string }) {
  return page.replace(
    '<head>',
    `<head>
    <base href="${base}">
    <meta name="rowhouse-api" content="${api}">
    <meta name="rowhouse-nonce" content="${nonce}">`,
  );
}

/** Scripts and styles come from here alone; nobody may frame the page, and it sends no forms. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
