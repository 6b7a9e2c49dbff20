import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../../../tools/workspace.mjs';
import { type Database, openDatabase, openFolder, rowhouse } from '../../cli.fixture.js';
import { loadConfig } from '../../config/load-config.js';
import { rowhouseProcess } from '../../process.fixture.js';

const folder = openFolder();
afterAll(folder.close);

let number = 0;
function project(files: Record<string, string> = {}): string {
  const root = join(folder.path, String(number++));
  mkdirSync(join(root, 'src'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

const read = (root: string, name: string) => readFileSync(join(root, name), 'utf8');

describe('rowhouse init', () => {
  it('writes a config that can be loaded, and a script', async () => {
    const cwd = project({ 'package.json': '{\n    "name": "shop",\n    "scripts": {"test": "jest"}\n}\n' });
    const { code, stdout } = await rowhouse(['init'], { cwd });
    expect(stdout).toMatch(/Wrote rowhouse\.config\.ts\.\nAdded the script .*\n\nNext:\n/);
    expect(code).toBe(0);
    expect((await loadConfig(undefined, { cwd, env: {} }))?.config.migrationsDir).toBe('src/migrations');
    expect(read(cwd, 'package.json')).toBe(
      '{\n    "name": "shop",\n    "scripts": {\n        "test": "jest",\n        "rowhouse": "rowhouse"\n    }\n}\n',
    );
  });

  it('uses the options of an existing data source', async () => {
    const cwd = project({
      'src/data-source.ts': `import { DataSource } from 'typeorm';
        export const AppDataSource: DataSource = new DataSource({ type: 'postgres', url: 'postgres://db/shop' });`,
    });
    expect((await rowhouse(['init'], { cwd })).stdout).toContain('from ./src/data-source.ts');
    expect(read(cwd, 'rowhouse.config.ts')).toContain(
      "{ AppDataSource } = await import('./src/data-source.js')",
    );
    expect((await loadConfig(undefined, { cwd, env: {} }))?.config.dataSource).toMatchObject({
      url: 'postgres://db/shop',
    });
  });

  it.each([
    "export default new DataSource({ type: 'postgres', url: 'postgres://db/shop' });",
    "const dataSource: DataSource = new DataSource({ type: 'postgres', url: 'postgres://db/shop' });\nexport default dataSource;",
  ])('uses a data source that is exported by default: %s', async (text) => {
    const cwd = project({ 'ormconfig.ts': `import { DataSource } from 'typeorm';\n${text}` });
    expect((await rowhouse(['init'], { cwd })).stdout).toContain('from ./ormconfig.ts');
    expect((await loadConfig(undefined, { cwd, env: {} }))?.config.dataSource).toMatchObject({
      url: 'postgres://db/shop',
    });
  });

  describe.each([
    ['its own', {}],
    [
      'the data source of the application',
      {
        'src/data-source.ts': `import { DataSource } from 'typeorm';
          export const AppDataSource = new DataSource({
            type: 'postgres',
            url: process.env.DATABASE_URL,
            entities: [__dirname + '/**/*.entity{.ts,.js}'],
            migrations: ['src/migrations/*.ts'],
          });`,
      },
    ],
  ])('with globs: %s', (_, files) => {
    let database: Database;
    beforeAll(async () => {
      database = await openDatabase();
    });
    afterAll(() => database.close());

    it('writes a config that reads .env and works as it is', async () => {
      const { env, prefix, admin } = database;
      const cwd = project({
        'package.json': '{ "type": "module" }',
        '.env': Object.entries(env)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
        'src/book.entity.ts': `import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
          @Entity('books') export class Book { @PrimaryGeneratedColumn() id!: number; @Column() title!: string; }`,
        ...files,
      });
      const run = async (line: string) => {
        const { code, stdout, stderr } = await rowhouseProcess(line.split(' '), {
          scratch: folder.path,
          cwd,
        });
        return { code, output: stdout + stderr };
      };
      expect(await run('init')).toMatchObject({
        code: 0,
        output: expect.stringContaining('Wrote rowhouse.config.ts'),
      });
      const roles = `--roles ${prefix}`;
      expect(await run(`tenants create acme ${roles}`)).toMatchObject({
        code: 0,
        output: expect.stringContaining('active'),
      });
      expect(await run(`migration generate Books ${roles}`)).toMatchObject({
        code: 0,
        output: expect.stringContaining('Wrote'),
      });
      expect(await run(`migration run ${roles}`)).toMatchObject({
        code: 0,
        output: expect.stringContaining('1 done'),
      });
      expect(await run(`migration generate --check ${roles}`)).toEqual({
        code: 0,
        output: 'Entities and migrations agree.\n',
      });
      expect((await run('tenants list')).output).toMatch(/^acme /m);
      const { rows } = await admin.query(
        "select from pg_tables where schemaname = 'tenant_acme' and tablename = 'books'",
      );
      expect(rows).toHaveLength(1);
    });
  });

  it('overwrites a config only with --force', async () => {
    const cwd = project({ 'rowhouse.config.ts': 'mine' });
    const refused = await rowhouse(['init'], { cwd });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--force overwrites it') });
    expect(read(cwd, 'rowhouse.config.ts')).toBe('mine');
    expect((await rowhouse(['init', '--force'], { cwd })).code).toBe(0);
    expect(read(cwd, 'rowhouse.config.ts')).toContain('defineConfig');
  });

  it('keeps an existing script with that name, and needs no package.json', async () => {
    const manifest = '{"scripts":{"rowhouse":"mine"}}';
    const cwd = project({ 'package.json': manifest });
    const { stdout } = await rowhouse(['init', '--json'], { cwd });
    expect(JSON.parse(stdout)).toEqual({ config: join(cwd, 'rowhouse.config.ts'), script: false });
    expect(read(cwd, 'package.json')).toBe(manifest);
    const bare = project();
    expect((await rowhouse(['init'], { cwd: bare })).code).toBe(0);
    expect(existsSync(join(bare, 'package.json'))).toBe(false);
  });
});
