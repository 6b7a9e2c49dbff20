import { defineConfig } from '@rowhouse/cli';
import { Country } from './src/countries/country.entity.js';
import { Customer } from './src/customers/customer.entity.js';
import { migrations, sharedMigrations } from './src/migrations/index.js';
import { Order, OrderLine } from './src/orders/order.entity.js';
import { Product } from './src/products/product.entity.js';
import { seedStorefront } from './src/seed/seed-storefront.js';

/** For the command line: `npm run rowhouse -- tenants list --config apps/demo/rowhouse.config.ts`, while the demo runs. */
export default defineConfig({
  dataSource: {
    type: 'postgres',
    entities: [Country, Customer, Order, OrderLine, Product],
    migrations,
  },
  sharedMigrations,
  seed: seedStorefront,
});
