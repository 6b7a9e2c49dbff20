import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFolder, rowhouse } from '../../cli.fixture.js';
import { loadConfig } from '../../config/load-config.js';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const folder = openFolder();
afterAll(folder.close);

let number = 0;
function project(files: Record<string, string> = {}): string {
  const root = join(folder.path, String(number++));
  mkdirSync(join(root, 'src'), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
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
    expect(read(cwd, 'rowhouse.config.ts')).toContain("{ AppDataSource } from './src/data-source.js'");
    expect((await loadConfig(undefined, { cwd, env: {} }))?.config.dataSource).toMatchObject({
      url: 'postgres://db/shop',
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
