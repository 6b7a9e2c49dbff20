import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TenantLifecycle } from '@rowhouse/migrations';
import { AppModule } from './app.module';
import { openDatabase } from './database';

async function main(): Promise<void> {
  const { fields, close } = await openDatabase();
  const app = await NestFactory.create(AppModule.forRoot(fields), { logger: ['warn', 'error'] });
  await app.init();
  for (const slug of ['acme', 'globex']) await app.get(TenantLifecycle).create({ slug, ifNotExists: true });
  const port = Number(process.env.PORT ?? 3000);
  await app.listen(port, '127.0.0.1');
  console.log(`
  Notes on http://localhost:${port}

    curl -s http://localhost:${port}/notes -H 'X-Tenant-ID: acme' -H 'Content-Type: application/json' -d '{"text":"Order rockets"}'
    curl -s http://localhost:${port}/notes -H 'X-Tenant-ID: acme'
    curl -s http://localhost:${port}/notes -H 'X-Tenant-ID: globex'

  Ctrl-C stops it.
`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, async () => {
      await app.close();
      await close();
      process.exit(0);
    });
}

void main();
