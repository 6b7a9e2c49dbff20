/**
 * The environment of initdb and the server: ours without what would redirect them (PGDATA, PGPORT, …), with messages
 * in English, because the start-up reads them, and with a home that their user can enter.
 */
export function serverEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(kept), HOME: home, LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
}
