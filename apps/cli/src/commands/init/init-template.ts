import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A module that exports a TypeORM DataSource. */
export interface FoundDataSource {
  /** Relative to package.json. */
  readonly path: string;
  /** The name of the export. */
  readonly name: string;
}

/** The usual paths in apps that use TypeORM's command line. */
const PLACES = [
  'src/data-source.ts',
  'src/database/data-source.ts',
  'src/db/data-source.ts',
  'data-source.ts',
  'ormconfig.ts',
  'typeorm.config.ts',
];

/** `export default new DataSource(…)`, or a variable with one that is exported by default further down. */
const DEFAULT_EXPORT =
  /export default new DataSource\b|const (\w+)[^=\n]*=\s*new DataSource\b[\s\S]*export default \1\b/;

export function findDataSource(folder: string): FoundDataSource | undefined {
  for (const place of PLACES) {
    const path = join(folder, place);
    if (!existsSync(path)) continue;
    const source = readFileSync(path, 'utf8');
    const [, name] = /export const (\w+)[^=\n]*=\s*new DataSource\b/.exec(source) ?? [];
    if (name) return { path: `./${place}`, name };
    if (DEFAULT_EXPORT.test(source)) return { path: `./${place}`, name: 'default' };
  }
  return undefined;
}

export function configText(found: FoundDataSource | undefined): string {
  return found ? configWith(found) : NEW_CONFIG;
}

function configWith({ path, name }: FoundDataSource): string {
  const binding = name === 'default' ? '{ default: dataSource }' : `{ ${name} }`;
  return `${HEAD}
export default defineConfig(async () => {
${READ_ENV}
  // Only its options are used; it is not opened.
  const ${binding} = await import('${path.replace(/\.ts$/, '.js')}');
  return {
    dataSource${name === 'default' || name === 'dataSource' ? '' : `: ${name}`},
  };
});
`;
}

const HEAD = `import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from '@rowhouse/cli';
`;

const READ_ENV = `  // Variables that are set already keep their values.
  const env = join(__dirname, '.env');
  if (existsSync(env)) process.loadEnvFile(env);
`;

const NEW_CONFIG = `${HEAD}
// The database comes from DATABASE_URL (the application's login) and DIRECT_DATABASE_URL (the owner of the schemas).
export default defineConfig(() => {
${READ_ENV}
  return {
    dataSource: {
      type: 'postgres',
      entities: ['src/**/*.entity.ts'],
      migrations: ['src/migrations/*.ts'],
    },
    migrationsDir: 'src/migrations',
  };
});
`;
