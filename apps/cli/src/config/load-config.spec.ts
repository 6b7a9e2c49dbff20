import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TenantContext } from '@rowhouse/core';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { openFolder } from '../cli.fixture.js';
import { loadConfig } from './load-config.js';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const folder = openFolder();
afterAll(folder.close);

let number = 0;
/** A project with these files, and by default with the packages of this repository. */
function project(files: Record<string, string>, { modules = true } = {}): string {
  const root = join(folder.path, `project-${number++}`);
  mkdirSync(root);
  if (modules) symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const load = (cwd: string, named?: string, env = {}) => loadConfig(named, { cwd, env });

const MINIMAL = `export default { dataSource: { type: 'postgres' } };`;

describe('loadConfig', () => {
  it('shares Rowhouse and TypeORM with what it loads', async () => {
    const cwd = project({
      'rowhouse.config.ts': `import { TenantContext } from '@rowhouse/core';
        import { DataSource } from 'typeorm';
        export default {
          dataSource: new DataSource({ type: 'postgres', url: 'postgres://db/shop', entities: [] }),
          seed: async () => TenantContext,
        };`,
    });
    const loaded = await load(cwd);
    expect(loaded?.config.dataSource).toEqual({ type: 'postgres', url: 'postgres://db/shop', entities: [] });
    expect(loaded?.config.dataSource).not.toBeInstanceOf(DataSource);
    const seed = loaded?.config.seed as unknown as () => Promise<unknown>;
    expect(await seed()).toBe(TenantContext);
  });

  it.each([
    ['rowhouse.config.mts', 'const later: string = await Promise.resolve("later");', 'later'],
    ['rowhouse.config.mjs', 'const later = await Promise.resolve("later");', 'later'],
    ['rowhouse.config.js', 'const later = "later";', 'later'],
  ])('loads %s, a function too', async (name, head, plan) => {
    const cwd = project({
      [name]: `${head} export default async () => ({ dataSource: { type: 'postgres' }, migrationsDir: later });`,
      'package.json': '{"type": "module"}',
    });
    expect((await load(cwd))?.config.migrationsDir).toBe(plan);
  });

  it('follows the paths of the tsconfig', async () => {
    const cwd = project({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@shop/*": ["./libs/*"] } } }',
      'libs/folders.ts': "export const folder: string = 'database/migrations';",
      'rowhouse.config.ts': `import { folder } from '@shop/folders';
        export default { dataSource: { type: 'postgres' }, migrationsDir: folder };`,
    });
    expect((await load(cwd))?.config.migrationsDir).toBe('database/migrations');
  });

  it('loads CommonJS', async () => {
    const cwd = project({ 'rowhouse.config.cjs': `module.exports = { dataSource: { type: 'postgres' } };` });
    expect((await load(cwd))?.config).toEqual({
      dataSource: { type: 'postgres' },
      sharedMigrations: [],
      companions: [],
      migrationsDir: 'src/migrations',
    });
  });

  it('looks in the working folder and above, unless a path is given', async () => {
    const cwd = project({ 'rowhouse.config.ts': MINIMAL, 'other.ts': MINIMAL, 'src/deep/x.ts': '' });
    expect((await load(join(cwd, 'src/deep')))?.path).toBe(join(cwd, 'rowhouse.config.ts'));
    expect((await load(cwd, 'other.ts'))?.path).toBe(join(cwd, 'other.ts'));
    expect((await load(cwd, undefined, { ROWHOUSE_CONFIG: 'other.ts' }))?.path).toBe(join(cwd, 'other.ts'));
    await expect(load(cwd, 'missing.ts')).rejects.toThrow(`There is no config ${join(cwd, 'missing.ts')}`);
    expect(await load(folder.path)).toBeUndefined();
  });

  it.each([
    ['{}', /dataSource: expected TypeORM's options/],
    ["{ dataSource: { type: 'mysql' } }", /dataSource: expected the type "postgres"/],
    ["{ dataSource: { type: 'postgres' }, url: 'mysql://root:secret@db' }", /url: expected postgres:/],
    ["{ dataSource: { type: 'postgres' }, sedd: 1 }", /Unrecognized key: "sedd"/],
    ["{ dataSource: { type: 'postgres' }, pool: { pin: 'sometimes' } }", /pool\.pin: /],
    [
      "{ dataSource: { type: 'postgres' }, sharedMigrations: [1] }",
      /sharedMigrations\.0: expected migration/,
    ],
  ])('names the wrong field: %s', async (config, message) => {
    const failure = load(project({ 'rowhouse.config.ts': `export default ${config};` }));
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow('secret');
  });

  it('puts classes in place of globs, from the folder of the config', async () => {
    const cwd = project({
      'rowhouse.config.ts': `export default {
        dataSource: {
          type: 'postgres',
          entities: ['src/**/*.entity{.ts,.js}'],
          migrations: [__dirname + '/src/migrations/../migrations/*.ts'],
        },
        sharedMigrations: ['src/shared/*.js'],
      };`,
      'src/books/book.entity.ts': `import { EntitySchema } from 'typeorm';
        export const Book = new EntitySchema<{ id: number }>({ name: 'Book', columns: { id: { type: 'int', primary: true } } });`,
      'src/books/book.entity.d.ts': 'export declare const Book: unknown;',
      'src/migrations/1-books.ts': `export class Books1700000000000 { up(): void {} down(): void {} }
        export function helper(): void {}`,
      'src/shared/countries.js':
        'exports.Countries1600000000000 = class Countries1600000000000 { up() {} down() {} };',
    });
    const loaded = await load(join(cwd, 'src'));
    const globs = await loaded?.globModules();
    const { entities, migrations } =
      (await globs?.optionsOf(loaded?.config.dataSource as DataSourceOptions)) ?? {};
    expect(Object.values(entities ?? {})).toEqual([expect.any(EntitySchema)]);
    const namesOf = (classes: object) => Object.values(classes).map(({ name }) => name);
    expect(namesOf(migrations ?? {})).toEqual(['Books1700000000000']);
    expect(namesOf((await globs?.migrationsIn(loaded?.config.sharedMigrations ?? [])) ?? {})).toEqual([
      'Countries1600000000000',
    ]);
  });

  it('compiles a file anew when it was edited', async () => {
    const text = (name: string) => `class Names { static migrations: string = '${name}'; }
      export default { dataSource: { type: 'postgres' }, migrationsDir: Names.migrations };`;
    const cwd = project({ 'rowhouse.config.ts': text('before') });
    for (const name of ['before', 'before', 'after']) {
      writeFileSync(join(cwd, 'rowhouse.config.ts'), text(name));
      expect((await load(cwd))?.config.migrationsDir).toBe(name);
    }
  });

  it('refuses globs of entities that name no file', async () => {
    const cwd = project({
      'rowhouse.config.ts':
        "export default { dataSource: { type: 'postgres', entities: ['dist/**/*.entity.js'] } };",
    });
    const loaded = await load(cwd);
    const globs = await loaded?.globModules();
    await expect(globs?.optionsOf(loaded?.config.dataSource as DataSourceOptions)).rejects.toThrow(
      `dataSource.entities: no file is named by dist/**/*.entity.js (from ${cwd}). Build the application`,
    );
  });

  it('reports why a config cannot be loaded', async () => {
    const broken = load(project({ 'rowhouse.config.ts': "throw new Error('no password file');" }));
    await expect(broken).rejects.toThrow(/rowhouse\.config\.ts cannot be loaded: no password file/);
    const empty = load(project({ 'rowhouse.config.ts': 'export default () => {};' }));
    await expect(empty).rejects.toThrow('config: Invalid input: expected object');
  });

  it('asks for the compiler where decorators need it and there is none', async () => {
    const cwd = project(
      {
        'rowhouse.config.ts': `import { Column } from 'typeorm';
          class Book { @Column() name!: string; }
          export default { dataSource: { type: 'postgres', entities: [Book] } };`,
      },
      { modules: false },
    );
    await expect(load(cwd)).rejects.toThrow('npm install --save-dev typescript');
  });
});
