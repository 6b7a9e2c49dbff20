import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { FilesCleanUp, TenantFile, TenantFiles, TenantFilesModule } from '@rowhouse/files';
import { HeaderResolver, TenancyModule, TenantRunner } from '@rowhouse/nestjs';

/** What the program is told, as JSON in its argument. */
export interface FilesAppSettings {
  readonly url: string;
  readonly ownerUrl: string;
  readonly roles: string;
  readonly folder: string;
  readonly secret: string;
  readonly port: number;
  readonly tenants: readonly string[];
}

const settings: FilesAppSettings = JSON.parse(process.argv[2] ?? '');
const { url, ownerUrl, roles, folder, secret, port, tenants } = settings;

class FilesApp {}
const app = await NestFactory.create(
  {
    module: FilesApp,
    imports: [
      TenancyModule.forRoot({
        typeorm: { type: 'postgres', url, entities: [TenantFile], poolSize: 4 },
        directUrl: ownerUrl,
        pool: { roles },
        resolvers: [new HeaderResolver()],
      }),
      TenantFilesModule.forRoot({
        path: 'files',
        auth: { canActivate: () => true },
        storage: { folder, url: `http://127.0.0.1:${port}/files`, secret },
      }),
    ],
  },
  new FastifyAdapter(),
  { logger: false },
);
await app.listen(port, '127.0.0.1');
const [files, cleanUp, runner] = [app.get(TenantFiles), app.get(FilesCleanUp), app.get(TenantRunner)];

/** One file, all its life; every third is purged, and every fourth is no picture. */
async function live(slug: string, n: number): Promise<void> {
  const content = `${slug} ${n} `.repeat(5_000);
  const contentType = n % 4 === 0 ? 'image/png' : 'text/plain';
  await runner.run(slug, async () => {
    const { file, upload } = await files.presign({
      filename: `${n}.txt`,
      contentType,
      module: 'notes',
      sizeBytes: Buffer.byteLength(content),
    });
    await fetch(upload.url, { method: upload.method, headers: { ...upload.headers }, body: content });
    await files.complete(file.id);
    if (n % 3 === 0) await files.purge(file.id);
    if (n % 5 === 0) await cleanUp.run();
  });
  // Each line is a step that the killer may wait for.
  process.stdout.write('.\n');
}

await Promise.all(
  tenants.map(async (slug) => {
    for (let n = 1; ; n += 1) await live(slug, n);
  }),
);
