/** Ends the server that the global set-up started. */
export default async function globalTeardown() {
  await globalThis.rowhouseTestServer?.stop();
}
