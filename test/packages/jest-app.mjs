import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packages.mjs';
import { npm, run, temporaryDirectory } from './processes.mjs';

const NEST = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
const FIXTURE = join(ROOT, 'test/fixtures/nest-new-app');
const NEW_APP = ['new', 'app', '--skip-install', '--skip-git', '--package-manager', 'npm'];

/** What `nest new` makes, made multi-tenant: CommonJS, with Jest and ts-jest as they are set up there. */
export async function checkJest(list, tarballs) {
  await list.part('the Jest suites of an application that `nest new` made', async () => {
    const folder = temporaryDirectory('nest-new');
    const cwd = join(folder, 'app');
    await list.step('is made by `nest new`, and installs', async () => {
      await run(process.execPath, [NEST, ...NEW_APP], { cwd: folder });
      cpSync(FIXTURE, cwd, { recursive: true });
      const more = ['@nestjs/typeorm@^11.0.0', 'typeorm@^0.3.20', 'pg'];
      await npm(['install', '--no-package-lock', ...more, ...tarballs], { cwd });
    });
    await list.check('compiles', () => npm(['run', 'build'], { cwd }));
    await list.check('its unit tests pass, with nothing added to its configuration', () =>
      npm(['test'], { cwd }),
    );
    await list.check('and its end-to-end tests, with tokens, the guard and an embedded PostgreSQL', () =>
      npm(['run', 'test:e2e'], { cwd }),
    );
  });
}
