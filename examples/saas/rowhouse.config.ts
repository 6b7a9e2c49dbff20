import { defineConfig } from '@rowhouse/cli';
import { TenantFile } from '@rowhouse/files';
import { TenantAuthorization, TenantIntegration } from '@rowhouse/integrations';

const src = `${import.meta.dirname}/src`;

/** For `npm run rowhouse -- … --config examples/saas/rowhouse.config.ts`, while the example runs. */
export default defineConfig({
  dataSource: {
    type: 'postgres',
    uuidExtension: 'pgcrypto', // gen_random_uuid(), which PostgreSQL has without an extension
    entities: [`${src}/**/*.entity.ts`, TenantFile, TenantIntegration, TenantAuthorization],
    migrations: [`${src}/migrations/17*.ts`],
  },
});
