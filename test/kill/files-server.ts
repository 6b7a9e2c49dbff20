import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FilesStorageOptions, TenantFile, TenantFilesModule } from '@rowhouse/files';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';

/** What the program is told, as JSON in its argument. */
export interface FilesServerSettings {
  readonly url: string;
  readonly ownerUrl: string;
  readonly roles: string;
  readonly storage: FilesStorageOptions;
  readonly port: number;
}

const settings: FilesServerSettings = JSON.parse(process.argv[2] ?? '');
const { url, ownerUrl, roles, storage, port } = settings;

class FilesServer {}
const app = await NestFactory.create(
  {
    module: FilesServer,
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
        storage,
        maxBytes: 5 * 2 ** 30,
      }),
    ],
  },
  new FastifyAdapter(),
  { logger: false },
);
await app.listen(port, '127.0.0.1');

// Whatever it is asked, it answers with the most memory that it has had, in KB.
process.on('message', () => process.send?.(process.resourceUsage().maxRSS));
process.send?.('ready');
