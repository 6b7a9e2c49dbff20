import { checkBoilerplate } from './boilerplate.mjs';
import { CheckList } from './check-list.mjs';
import { checkConsumer } from './consumer.mjs';
import { checkExamples } from './examples.mjs';
import { checkJest } from './jest-app.mjs';
import { checkNest11 } from './nest11.mjs';
import { PACKAGES, ROOT } from './packages.mjs';
import { npm, temporaryDirectory } from './processes.mjs';
import { assertContents, assertPublint, assertTypesResolve, pack } from './tarball.mjs';

/**
 * Checks the packages as they would be published: their contents, their types, and that applications which install
 * them work. `npm run test:packages -- nest11` runs the CommonJS application only, `-- boilerplate` the boilerplate, `-- jest` the application of `nest new`,
 * `-- examples` the examples outside of the workspace, and `-- nest12` the rest.
 */
const only = process.argv[2];
const runs = (part) => only === undefined || only === part;
const list = new CheckList();
const destination = temporaryDirectory('tarballs');
const tarballs = new Map();

await list.part('build', async () => {
  await list.step('the libraries compile', () => npm(['run', 'build'], { cwd: ROOT }));
  for (const each of PACKAGES) {
    tarballs.set(each, await list.step(`${each.name} packs`, () => pack(each, destination)));
  }
});

const isPacked = tarballs.size === PACKAGES.length;
const files = [...tarballs.values()].map(({ file }) => file);

// BullMQ wants a later Redis client than the oldest TypeORM allows: an application with both resolves that itself.
const withoutQueues = files.filter((file) => !file.includes('rowhouse-bullmq-'));

if (isPacked) {
  await withDatabases((createDatabase) =>
    list.together(
      async (own) => {
        if (!runs('nest12')) return;
        await checkTarballs(own);
        await own.part('an application that installs them', () => checkConsumer(own, files, createDatabase));
      },
      async (own) => {
        if (runs('nest11')) await checkNest11(own, withoutQueues, createDatabase);
        if (runs('boilerplate')) await checkBoilerplate(own, files, createDatabase);
        if (runs('jest')) await checkJest(own, files);
        if (runs('examples')) await checkExamples(own, withoutQueues);
      },
    ),
  );
}

list.finish();

async function checkTarballs(own) {
  for (const [each, tarball] of tarballs) {
    await own.part(each.name, async () => {
      await own.check('holds its compiled sources and its papers, nothing else', () =>
        assertContents(each, tarball.paths),
      );
      await own.check('publint has nothing to say', () => assertPublint(each, tarball));
      await own.check('types resolve in every mode, ESM only by intent', () =>
        assertTypesResolve(each, tarball),
      );
    });
  }
}

/** Hands out databases on the server that ROWHOUSE_TEST_URL names (a superuser's URL), else on an embedded one. */
async function withDatabases(work) {
  // Not before the build: this is what it made.
  const { createTestDatabase, startEmbeddedPostgres } = await import('@rowhouse/testing');
  const given = process.env.ROWHOUSE_TEST_URL;
  const server = given ? undefined : await startEmbeddedPostgres();
  try {
    await work(() => createTestDatabase({ serverUrl: given ?? server.url }));
  } finally {
    await server?.stop();
  }
}
