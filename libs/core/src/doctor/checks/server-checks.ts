import pg from 'pg';
import type { DeploymentCheck } from '../examination.js';
import { fail, judge, pass, statements, warn } from '../report.js';

const OLDEST_VERSION = 150_000;

/** Settings that the guard's reading and PostgreSQL's walls rely on (manual, 20.13 and 20.11; the guard reads UTF-8). */
const SETTINGS: Readonly<Record<string, string>> = {
  standard_conforming_strings: 'on',
  client_encoding: 'UTF8',
  lo_compat_privileges: 'off',
  row_security: 'on',
};

export const SERVER_CHECKS: readonly DeploymentCheck[] = [
  {
    id: 'server.version',
    async run({ owner }) {
      const { rows } = await owner.query<{ version: number; name: string }>(
        `select current_setting('server_version_num')::int as version, current_setting('server_version') as name`,
      );
      const [server] = rows;
      const name = `PostgreSQL ${server?.name}`;
      if ((server?.version ?? 0) >= OLDEST_VERSION) return pass(`${name}.`);
      return fail(`${name} is older than 15.`, 'Upgrade the server to PostgreSQL 15 or later.');
    },
  },
  {
    id: 'server.settings',
    async run({ app, login }) {
      const { rows } = await app.query<{ name: string; setting: string }>(
        'select name, setting from pg_catalog.pg_settings where name = any($1) order by 1',
        [Object.keys(SETTINGS)],
      );
      const wrong = rows.filter(({ name, setting }) => setting !== SETTINGS[name]);
      return judge(
        wrong.map(({ name, setting }) => `${name} = ${setting}`),
        {
          status: 'fail',
          none: 'Connections of the application begin with the settings that walls rely on.',
          one: 'Connections of the application begin with a setting under which walls can be passed',
          some: 'Connections of the application begin with settings under which walls can be passed',
          remedy: statements(
            wrong.map(
              ({ name }) => `alter role ${pg.escapeIdentifier(login)} set ${name} = '${SETTINGS[name]}';`,
            ),
          ),
        },
      );
    },
  },
  {
    id: 'guard.mode',
    async run({ settings: { guard } }) {
      if (guard.mode === 'enforce') return pass('The statement guard refuses what it finds.');
      return warn(
        `The statement guard's mode is "${guard.mode}": statements that change the pin or name another tenant's schema are sent.`,
        "Set pool.guard.mode to 'enforce'.",
      );
    },
  },
];
