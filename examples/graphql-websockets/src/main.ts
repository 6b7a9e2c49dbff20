import { randomBytes } from 'node:crypto';
import { TenantLifecycle } from '@rowhouse/migrations';
import { provideDatabase, startEmbeddedPostgres } from '@rowhouse/testing';
import { createApp } from './create-app.js';
import { tokenOf } from './tokens.js';

const { env } = process;
const port = Number(env.PORT ?? 3000);
const server = env.DATABASE_URL
  ? undefined
  : await startEmbeddedPostgres({ dataDir: `${env.DATA_FOLDER ?? '.rowhouse'}/postgres` });
const { url, ownerUrl } = server
  ? await provideDatabase(server.url, 'boards')
  : { url: env.DATABASE_URL ?? '', ownerUrl: env.DIRECT_DATABASE_URL ?? env.DATABASE_URL ?? '' };
const tokenSecret = env.TOKEN_SECRET ?? randomBytes(32).toString('base64url');

const app = await createApp({ url, ownerUrl, tokenSecret });
await app.init();
for (const slug of ['acme', 'globex']) await app.get(TenantLifecycle).create({ slug, ifNotExists: true });
await app.listen(port, '127.0.0.1');

const json = "-H 'Content-Type: application/json'";
const graphql = (team: string, query: string) =>
  `curl -s http://localhost:${port}/graphql -H "$${team}" ${json} -d '${JSON.stringify({ query })}'`;
console.log(`
  Boards of teams: http://localhost:${port}/graphql, subscriptions at the same place, and socket.io

    ACME='Authorization: Bearer ${await tokenOf('ada', 'acme', tokenSecret)}'
    GLOBEX='Authorization: Bearer ${await tokenOf('hank', 'globex', tokenSecret)}'
    ${graphql('ACME', 'mutation { addCard(title: "Paint the door") { id } }')}
    ${graphql('ACME', 'mutation { comment(cardId: 1, text: "Green?") { id } }')}
    ${graphql('ACME', '{ board { id title column comments { text } } }')}
    ${graphql('GLOBEX', '{ board { id title } }')}

  Ctrl-C stops it.
`);

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    await app.close();
    await server?.stop();
    process.exit(0);
  });
