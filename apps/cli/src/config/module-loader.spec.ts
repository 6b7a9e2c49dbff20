import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openFolder } from '../cli.contract.js';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const folder = openFolder();
afterAll(folder.close);

const sources = Object.fromEntries(
  ['core', 'typeorm'].map((name) => [`@rowhouse/${name}`, join(repository, 'libs', name, 'src/index.ts')]),
);

/** Prints the type of each column that TypeORM knows of, in a process of its own: types are compared by identity. */
const PROBE = `
  import { createJiti } from 'jiti';
  import { getMetadataArgsStorage } from 'typeorm';
  const [loader, config, alias] = process.argv.slice(2);
  const jiti = createJiti(import.meta.url, { fsCache: false, alias: JSON.parse(alias) });
  const { importModule } = await jiti.import(loader);
  const { default: exported } = await importModule(config);
  const types = getMetadataArgsStorage().columns.map(({ target, propertyName, options: { type } }) => [
    target.name + '.' + propertyName,
    [String, Number, Boolean, Date].includes(type) ? type.name : type,
  ]);
  console.log(JSON.stringify({ entities: exported.dataSource.entities.map(({ name }) => name), types: Object.fromEntries(types) }));
`;

async function typesIn(config: string): Promise<{ entities: string[]; types: Record<string, unknown> }> {
  const probe = join(folder.path, 'probe.mjs');
  writeFileSync(probe, PROBE);
  const loader = join(repository, 'apps/cli/src/config/module-loader.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    probe,
    loader,
    config,
    JSON.stringify(sources),
  ]);
  return JSON.parse(stdout);
}

describe('importModule', () => {
  beforeAll(() => symlinkSync(join(repository, 'node_modules'), join(folder.path, 'node_modules')));

  it('gives TypeORM the types of columns that only TypeScript knows, in entities that import each other', async () => {
    const files = {
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
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
    const { entities, types } = await typesIn(join(folder.path, 'rowhouse.config.ts'));
    expect(entities).toEqual(['Author', 'Book']);
    expect(types).toMatchObject({
      'Author.id': 'Number',
      'Author.name': 'String',
      'Author.born': 'Date',
      'Book.id': 'uuid',
      'Book.isLent': 'Boolean',
      'Book.tenantId': 'uuid',
    });
  });

  it("loads the demo's config", async () => {
    const { entities, types } = await typesIn(join(repository, 'apps/demo/rowhouse.config.ts'));
    expect(entities).toEqual(['Country', 'Customer', 'Order', 'OrderLine', 'Product']);
    expect(types).toMatchObject({ 'Product.sku': 'String', 'Order.placedAt': 'timestamptz' });
  });
});
