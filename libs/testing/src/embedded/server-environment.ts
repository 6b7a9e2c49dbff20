/**
 * The environment of initdb and the server: that of this process without variables that redirect them (PGDATA, PGPORT,
 * …), with messages in English, because the start-up reads them, and with a home directory that their user can enter.
 */
export function serverEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(kept), HOME: home, LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
}
