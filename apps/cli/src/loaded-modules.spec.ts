import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../../tools/workspace.mjs';
import { type Database, openDatabase, openFolder } from './cli.fixture.js';
import { rowhouseProcess } from './process.fixture.js';

const FILES = {
  'package.json': '{ "type": "module" }',
  'rowhouse.config.ts': `import { defineConfig } from '@rowhouse/cli';
    export default defineConfig({
      dataSource: { type: 'postgres', entities: ['src/*.entity.ts'], migrations: ['src/migrations/*.ts'] },
    });`,
  'src/book.entity.ts': `import { Injectable } from '@nestjs/common';
    import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
    @Injectable() @Entity('books') export class Book {
      @PrimaryGeneratedColumn() id!: number;
      @Column() title!: string;
    }`,
  'src/migrations/1700000000000-books.ts': `export class Books1700000000000 {
      up(runner) { return runner.query('create table books (id serial primary key, title character varying not null)'); }
      down(runner) { return runner.query('drop table books'); }
    }`,
};

const folder = openFolder();
let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
});
afterAll(async () => {
  await database.close();
  folder.close();
});

const rowhouse = (line: string, cwd = folder.path) =>
  rowhouseProcess(line.split(' '), {
    scratch: folder.path,
    cwd,
    env: database.env,
  });

const COMPILERS = ['jiti', 'typescript'];
const OF_DATA = ['typeorm', 'libpg-query', 'tinyglobby', 'libs/typeorm/src/index.ts'];
const isNest = (name: string) => name.startsWith('@nestjs/');

describe('the rowhouse command loads no more than it needs', () => {
  it('--version nearly nothing', async () => {
    const { code, loaded } = await rowhouse('--version');
    expect(code).toBe(0);
    expect([...loaded].filter((name) => [...COMPILERS, ...OF_DATA, 'cli-progress'].includes(name))).toEqual(
      [],
    );
    expect([...loaded].filter((name) => name.startsWith('apps/cli/src/commands/'))).toEqual([]);
  });

  it.each([
    'tenants list',
    'migration runs',
    'keys --help',
    'enter --help',
    'audit list',
    'audit export',
    'webhooks list',
    'jobs list',
    'top',
  ])('%s without a config: PostgreSQL only', async (line) => {
    const { code, stderr, loaded } = await rowhouse(line, '/');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(loaded).toContain('pg');
    expect([...loaded].filter((name) => [...COMPILERS, ...OF_DATA].includes(name) || isNest(name))).toEqual(
      [],
    );
  });

  it('members list loads no Nest', async () => {
    const { code, stderr, loaded } = await rowhouse('members list acme', '/');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('tenant') });
    expect(loaded).toContain('libs/admin/src/members/member-listing.ts');
    expect([...loaded].filter((name) => [...COMPILERS, ...OF_DATA].includes(name) || isNest(name))).toEqual(
      [],
    );
  });

  it.each(['tenants list --all', 'migration runs', 'migration status', 'audit list'])(
    '%s with one: neither entities nor Nest',
    async (line) => {
      const { code, stderr, loaded } = await rowhouse(line);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(loaded).toContain('jiti');
      expect([...loaded].filter((name) => name.endsWith('.entity.ts') || isNest(name))).toEqual([]);
      expect(loaded).not.toContain('libs/migrations/src/fleet/index.ts');
    },
  );

  it('and what makes a tenant loads them', async () => {
    const { code, loaded } = await rowhouse(`tenants create acme --roles ${database.prefix}`);
    expect(code).toBe(0);
    expect([...loaded].some((name) => name.endsWith('book.entity.ts'))).toBe(true);
    expect([...loaded].some(isNest)).toBe(true);
  });

  it('an export loads no storage of backups', async () => {
    const { code, loaded } = await rowhouse(`export acme --roles ${database.prefix}`);
    expect(code).toBe(0);
    expect(loaded).toContain('libs/transfer/src/index.ts');
    expect([...loaded].filter((name) => name.startsWith('@flystorage/'))).toEqual([]);
  });

  it('and a look-up through the admin services loads neither', async () => {
    const { code, loaded } = await rowhouse('domains list acme', '/');
    expect(code).toBe(0);
    expect([...loaded].filter((name) => [...COMPILERS, ...OF_DATA].includes(name) || isNest(name))).toEqual(
      [],
    );
  });
});
