/** What the server wrote into the page. */
const meta = (name: string): string =>
  document.querySelector<HTMLMetaElement>(`meta[name="rowhouse-${name}"]`)?.content ?? '';

/** The nonce of the styles that are made in the browser. */
export const NONCE = meta('nonce');

/** Where the admin API is. */
export const API_URL = new URL(meta('api'), document.baseURI).href.replace(/\/$/, '');

/** The path of these pages, without the last slash. */
export const BASE_PATH = new URL(document.baseURI).pathname.replace(/\/$/, '');

/** Why the identity provider's sign-in has failed that led here; empty where none has. It is taken out of the address. */
export const SIGN_IN_FAILURE = takeFromAddress('signInFailed');

function takeFromAddress(name: string): string {
  const url = new URL(location.href);
  const value = url.searchParams.get(name) ?? '';
  url.searchParams.delete(name);
  if (value) history.replaceState(null, '', url);
  return value;
}
