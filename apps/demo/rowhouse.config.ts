import { defineConfig } from '@rowhouse/cli';
import { shopMembers } from './src/members/shop-members.js';
import { plans } from './src/plans.js';
import { shopSettings } from './src/shop-settings.js';

const src = `${import.meta.dirname}/src`;

/**
 * For the command line: `npm run rowhouse -- tenants list --config apps/demo/rowhouse.config.ts`, while the demo runs. It imports
 * nothing of the application's code, so that commands that look something up load neither entities nor Nest.
 */
export default defineConfig({
  dataSource: {
    type: 'postgres',
    entities: [`${src}/**/*.entity.ts`],
    migrations: [`${src}/migrations/17*.ts`],
  },
  sharedMigrations: [`${src}/migrations/shared/17*.ts`],
  plans,
  settings: shopSettings,
  members: shopMembers,
  transfers: { folder: '.rowhouse/archives' },
  backups: { storage: '.rowhouse/backups' },
  seed: async (manager, tenant) => {
    const { seedStorefront } = await import('./src/seed/seed-storefront.js');
    await seedStorefront(manager, tenant);
  },
});
