import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { Fleet } from '@rowhouse/migrations';
import { provideDatabase, startEmbeddedPostgres } from '@rowhouse/testing';
import { createApp, type Platform } from './create-app.js';
import { firstTour } from './first-tour.js';
import { calendarStandIn, freshSecret } from './settings.js';

const { env } = process;
const port = Number(env.PORT ?? 3000);
const platform: Platform = env.PLATFORM === 'fastify' ? 'fastify' : 'express';
const folder = env.DATA_FOLDER ?? '.rowhouse';

const server = env.DATABASE_URL ? undefined : await startEmbeddedPostgres({ dataDir: `${folder}/postgres` });
const { url, ownerUrl } = server
  ? await provideDatabase(server.url, 'saas')
  : { url: env.DATABASE_URL ?? '', ownerUrl: env.DIRECT_DATABASE_URL ?? env.DATABASE_URL ?? '' };

const filesFolder = `${folder}/files`;
await mkdir(filesFolder, { recursive: true });
const publicUrl = env.PUBLIC_URL ?? `http://localhost:${port}`;
const settings = {
  url,
  ownerUrl,
  publicUrl,
  filesFolder,
  filesSecret: env.FILES_SECRET ?? freshSecret(),
  integrationsSecret: env.INTEGRATIONS_SECRET ?? freshSecret(),
  integrationsKey: env.INTEGRATIONS_KEY ?? randomBytes(32).toString('base64'),
  calendar: calendarStandIn(publicUrl),
  adminToken: env.ADMIN_TOKEN ?? freshSecret(),
};
const app = await createApp(settings, platform);
await app.init();
// What a deployment does before it starts the new version: `rowhouse tenants repair`, `rowhouse migration run`.
const { tenants, migrations } = app.get(Fleet);
await tenants.repair();
await migrations.run();
await app.listen(port, '127.0.0.1');
console.log(firstTour(settings));

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    await app.close();
    await server?.stop();
    process.exit(0);
  });
