import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { FilesCleanUp, TenantFile, TenantFilesModule } from '@rowhouse/files';
import { HeaderResolver, TenancyModule, TenantRunner } from '@rowhouse/nestjs';
import { TenancyJobsModule } from '@rowhouse/transfer/jobs';
import { serveTasks } from '../harness/serve-tasks.mjs';

class BenchApp {}
let app;

/** An app with files of tenants. With `work`, it scans them and makes their thumbnails. */
serveTasks({
  open: async ({ deployment, folder, clamd, port, work }) => {
    const { appUrl: url, ownerUrl, roles } = deployment;
    const imports = [
      TenancyModule.forRoot({
        typeorm: { type: 'postgres', url, entities: [TenantFile], poolSize: 10 },
        directUrl: ownerUrl,
        pool: { roles },
        resolvers: [new HeaderResolver()],
      }),
      TenancyJobsModule.forRoot({ work, pollMs: 50 }),
      TenantFilesModule.forRoot({
        path: 'files',
        auth: { canActivate: () => true },
        storage: {
          folder,
          url: `http://127.0.0.1:${port}/files`,
          secret: 'a secret of the bench, of more than 32 letters',
        },
        scan: { clamd },
        thumbnails: {},
      }),
    ];
    app = await NestFactory.create({ module: BenchApp, imports }, new FastifyAdapter(), { logger: false });
    await app.listen(port, '127.0.0.1');
  },
  /** Enqueues the scans of all files that wait for one. */
  clean: async ({ tenants }) => {
    for (const slug of tenants) await app.get(TenantRunner).run(slug, () => app.get(FilesCleanUp).run());
  },
  close: () => app.close(),
});
