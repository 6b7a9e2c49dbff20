import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { PostgresTenantStore } from '@rowhouse/core';
import { DataSourceRegistry, TENANT_STORE } from '@rowhouse/nestjs';
import { createTestDatabase } from '@rowhouse/testing';
import request from 'supertest';
import { ROOT } from '../../tools/workspace.mjs';
import { dropRoles } from '../support/roles.js';

const ENTITY = `
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('projects')
export class Project {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}
`;

/** Blocks of TypeScript that begin with the name of a file. */
function filesIn(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n\/\/ (\S+\.ts)\n(.*?)^```$/gms)];
  return new Map(blocks.map(([, name = '', code = '']) => [name, code]));
}

it('the code of docs/plans.md does what the page says', async () => {
  const folder = mkdtempSync(join(ROOT, 'test/docs/.plans-'));
  const database = await createTestDatabase();
  const roles = `docs_${randomBytes(5).toString('hex')}`;
  let app: INestApplication | undefined;
  process.env.DATABASE_URL = database.url;
  try {
    const files = filesIn('plans.md');
    expect([...files.keys()]).toEqual(['plans.ts', 'app.module.ts', 'projects.controller.ts']);
    // Roles are the whole server's, and other suites have theirs.
    for (const [name, code] of files)
      writeFileSync(join(folder, name), code.replace('pool: {', `pool: { roles: '${roles}',`));
    writeFileSync(join(folder, 'project.entity.ts'), ENTITY);

    const { AppModule } = await import(join(folder, 'app.module.ts'));
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = testing.createNestApplication({ logger: false });
    const server = app.getHttpServer();
    await app.init();
    const store = app.get<PostgresTenantStore>(TENANT_STORE);
    const registry = app.get(DataSourceRegistry);
    for (const plan of ['free', 'pro']) {
      const tenant = await store.create({ slug: `${plan}-${randomBytes(3).toString('hex')}`, plan });
      await registry.homes.prepare(tenant);
      const owner = await registry.directFor(tenant);
      await owner.query('create table projects (id serial primary key, name text not null)');
      const as = (method: 'get' | 'post', path = '') =>
        request(server)[method](`/projects${path}`).set('X-Tenant-ID', tenant.slug);
      // On connections that are open already, so that all of them count at the same time.
      await Promise.all(Array.from({ length: 12 }, () => as('get')));
      const statuses = await Promise.all(
        Array.from({ length: 12 }, async () => (await as('post').send({ name: 'One' })).status),
      );
      const isPro = plan === 'pro';
      expect(statuses.sort()).toEqual(isPro ? Array(12).fill(201) : [201, 201, 201, ...Array(9).fill(403)]);
      expect((await as('get')).body).toMatchObject({ canExport: isPro });
      expect((await as('get', '/export')).status).toBe(isPro ? 200 : 403);
      await registry.homes.remove(tenant);
    }
  } finally {
    await app?.close();
    await database.drop();
    await dropRoles(roles);
    rmSync(folder, { recursive: true });
  }
});
