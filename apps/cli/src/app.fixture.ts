import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Answer, openDatabase, openFolder, rowhouse, type Situation } from './cli.fixture.js';

const CONFIG = `
import { books } from './books.js';
import { migrations } from './migrations.js';
import { seed } from './seed.js';
import { EntitySchema } from 'typeorm';

export default {
  dataSource: { type: 'postgres', entities: [new EntitySchema(books)], migrations },
  pool: { roles: process.env.TEST_ROLES },
  seed: (manager) => manager.query(seed),
};
`;

const BOOKS = `
export const books: object = {
  name: 'Book',
  tableName: 'books',
  columns: {
    id: { type: 'int', primary: true, generated: 'increment' },
    title: { type: 'text' },
  },
};
`;

/** The migrations of an application: name, up statement, down statement. */
export type Statements = readonly (readonly [name: string, up: string, down: string])[];

export const FIRST = [
  'Books1700000000000',
  'create table books (id serial primary key, title text not null)',
  'drop table books',
] as const;

function migrationsText(statements: Statements): string {
  const classes = statements.map(
    ([name, up, down]) => `class ${name} {
      up(runner) { return runner.query(${JSON.stringify(up)}); }
      down(runner) { return runner.query(${JSON.stringify(down)}); }
    }`,
  );
  return `${classes.join('\n')}\nexport const migrations = [${statements.map(([name]) => name).join(', ')}];\n`;
}

/** An application with a config, one entity and these migrations, on its own database. */
export async function openApp(statements: Statements = [FIRST], given?: Parameters<typeof openDatabase>[0]) {
  const folder = openFolder();
  const database = await openDatabase(given);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  };
  const writeMigrations = (all: Statements) => write('migrations.ts', migrationsText(all));
  write('rowhouse.config.ts', CONFIG.replace('process.env.TEST_ROLES', JSON.stringify(database.prefix)));
  const writeSeed = (statement: string) =>
    write('seed.ts', `export const seed = ${JSON.stringify(statement)};\n`);
  write('books.ts', BOOKS);
  writeSeed("insert into books (title) values ('Middlemarch')");
  writeMigrations(statements);
  return {
    folder: folder.path,
    admin: database.admin,
    prefix: database.prefix,
    env: database.env,
    write,
    writeMigrations,
    writeSeed,
    rowhouse: (line: string, situation: Situation = {}): Promise<Answer> =>
      rowhouse(line.split(' '), { cwd: folder.path, env: database.env, ...situation }),
    async close() {
      await database.close();
      folder.close();
    },
  };
}

export type App = Awaited<ReturnType<typeof openApp>>;
