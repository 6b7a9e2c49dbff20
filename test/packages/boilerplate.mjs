import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packages.mjs';
import { npm, run, start, temporaryDirectory } from './processes.mjs';

const FIXTURE = join(ROOT, 'test/fixtures/boilerplate-app');
const ROOT_MODULE = 'src/app.module.ts';
const TENANT_ROOT_MODULE = 'src/app.module.tenant.ts';
const START_LIMIT_MS = 60_000;

/** A boilerplate of the usual shape, with one root module and the other; its own end-to-end tests are run as they are. */
export async function checkBoilerplate(list, tarballs, createDatabase) {
  await list.part('a boilerplate on Nest 11 and TypeORM 0.3', async () => {
    const cwd = temporaryDirectory('boilerplate');
    cpSync(FIXTURE, cwd, { recursive: true });
    await list.step('installs', () => npm(['install', '--no-package-lock', ...tarballs], { cwd }));
    list.note(changes(cwd));

    await list.step('compiles', () => npm(['run', 'build'], { cwd }));
    await withDatabase(createDatabase, async (env) => {
      await list.step('with its own root module, its migrations and seeds run', async () => {
        await npm(['run', 'migration:run'], { cwd, env });
        await npm(['run', 'seed:run'], { cwd, env });
      });
      await whileServing(cwd, env, (url) => checkTests(list, cwd, url, 'its tests pass'));
    });

    copyFileSync(join(cwd, TENANT_ROOT_MODULE), join(cwd, ROOT_MODULE));
    await list.step('compiles with the root module of many tenants', () => npm(['run', 'build'], { cwd }));
    for (const isolation of ['schema', 'database']) {
      await withDatabase(createDatabase, async (env) => {
        const tenants = ['acme', 'globex'].map((slug) => `${slug}-${isolation}`);
        await list.step(`isolation ${isolation}: the same migrations and seeds run for each tenant`, () =>
          run(process.execPath, ['dist/commands/add-tenants.js', isolation, ...tenants], { cwd, env }),
        );
        await whileServing(cwd, env, async (url) => {
          for (const tenant of tenants)
            await checkTests(list, cwd, `${url}/t/${tenant}`, `the same tests pass for ${tenant}`);
          await list.check('without a tenant nobody logs in', async () => {
            const response = await fetch(`${url}/auth/email/login`, { method: 'POST' });
            assert.equal(response.status, 400);
          });
        });
      });
    }
  });
}

function checkTests(list, cwd, url, title) {
  return list.check(title, () => npm(['run', 'test:e2e'], { cwd, env: { APP_URL: url } }));
}

async function whileServing(cwd, env, work) {
  const app = start(process.execPath, ['dist/main.js'], { cwd, env: { ...env, PORT: '0' } });
  try {
    const [, url] = await app.line(/^listening on (\S+)/, START_LIMIT_MS);
    await work(url);
  } finally {
    app.signalGroup('SIGTERM');
    await app.ended(START_LIMIT_MS);
  }
}

/** Connection fields, as boilerplates have them in their `.env`; the URL that they also offer is empty. */
async function withDatabase(createDatabase, work) {
  const database = await createDatabase();
  const { hostname, port, username, password } = new URL(database.url);
  try {
    await work({
      DATABASE_TYPE: 'postgres',
      DATABASE_URL: '',
      DATABASE_HOST: hostname,
      DATABASE_PORT: port,
      DATABASE_USERNAME: username,
      DATABASE_PASSWORD: password,
      DATABASE_NAME: database.name,
      AUTH_JWT_SECRET: 'of the boilerplate',
    });
  } finally {
    await database.drop();
  }
}

/** The lines in which the two root modules differ. */
function changes(cwd) {
  const lines = (file) => readFileSync(join(cwd, file), 'utf8').trimEnd().split('\n');
  const [before, after] = [lines(ROOT_MODULE), lines(TENANT_ROOT_MODULE)];
  const indentless = (text) => text.map((line) => line.trim());
  const gone = before.filter((line) => !indentless(after).includes(line.trim()));
  const come = after.filter((line) => !indentless(before).includes(line.trim()));
  return [...gone.map((line) => `-${line}`), ...come.map((line) => `+${line}`)].join('\n');
}
