import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ENTRIES, ROOT } from '../../../../tools/workspace.mjs';
import { openFolder } from '../cli.fixture.js';

const folder = openFolder();
afterAll(folder.close);

const urlOf = (file: string) => pathToFileURL(join(ROOT, file)).href;
const aliases = Object.fromEntries(ENTRIES.map(({ specifier, source }) => [specifier, urlOf(source)]));

/**
 * Prints the types of the columns that TypeORM knows of after each config. In a process of its own, because types are compared
 * by identity.
 */
const PROBE = `
  import { register } from 'node:module';
  import { getMetadataArgsStorage } from 'typeorm';
  const [hooks, aliases, loader, ...configs] = process.argv.slice(2);
  register(hooks, { data: { aliases: JSON.parse(aliases) } });
  const { loadConfig } = await import(loader);
  for (const config of configs) {
    const loaded = await loadConfig(config, { env: {}, cwd: '/' });
    const options = await (await loaded.globModules()).optionsOf(loaded.config.dataSource);
    const entities = options.entities.map(({ name }) => name);
    const types = getMetadataArgsStorage().columns.map(({ target, propertyName, options: { type } }) => [
      target.name + '.' + propertyName,
      [String, Number, Boolean, Date].includes(type) ? type.name : type,
    ]);
    console.log(JSON.stringify({ entities, types: Object.fromEntries(types) }));
  }
`;

const LIBRARY = {
  'rowhouse.config.ts': `import { defineConfig } from '@rowhouse/cli';
    import { Author } from './author.entity.js';
    import { Book } from './book.entity.js';
    export default defineConfig({ dataSource: { type: 'postgres', entities: [Author, Book] } });`,
  'author.entity.ts': `import { Column, Entity, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
    import { Book } from './book.entity.js';
    @Entity('authors') export class Author {
      @PrimaryGeneratedColumn() id!: number;
      @Column() name!: string;
      @Column({ nullable: true }) born?: Date;
      @OneToMany(() => Book, ({ author }) => author) books!: Relation<Book>[];
    }`,
  'book.entity.ts': `import { TenantEntity } from '@rowhouse/typeorm';
    import { Column, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
    import { Author } from './author.entity.js';
    @TenantEntity('books') export class Book {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Column() isLent!: boolean;
      @ManyToOne(() => Author, ({ books }) => books) author!: Relation<Author>;
    }`,
};

interface Loaded {
  readonly entities: readonly string[];
  readonly types: Readonly<Record<string, unknown>>;
}

describe('importModule', () => {
  let library: Loaded | undefined;
  let demo: Loaded | undefined;

  beforeAll(async () => {
    symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
    const files = { ...LIBRARY, 'probe.mjs': PROBE };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(folder.path, 'probe.mjs'),
      urlOf('test/setup/typescript-hooks.mjs'),
      JSON.stringify(aliases),
      urlOf('apps/cli/src/config/load-config.ts'),
      join(folder.path, 'rowhouse.config.ts'),
      join(ROOT, 'apps/demo/rowhouse.config.ts'),
    ]);
    [library, demo] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  });

  it('gives TypeORM the types of columns that only TypeScript knows, in entities that import each other', () => {
    expect(library?.entities).toEqual(['Author', 'Book']);
    expect(library?.types).toMatchObject({
      'Author.id': 'Number',
      'Author.name': 'String',
      'Author.born': 'Date',
      'Book.id': 'uuid',
      'Book.isLent': 'Boolean',
      'Book.tenantId': 'uuid',
    });
  });

  it("loads the demo's config", () => {
    expect(demo?.entities).toEqual(['Country', 'Customer', 'Order', 'OrderLine', 'Product']);
    expect(demo?.types).toMatchObject({ 'Product.sku': 'String', 'Order.placedAt': 'timestamptz' });
  });
});
