import { Catalogue1757000000000 } from './1757000000000-catalogue.js';
import { Orders1757000100000 } from './1757000100000-orders.js';
import { TenantColumns1757000200000 } from './1757000200000-tenant-columns.js';
import { RowSecurity1757000300000 } from './1757000300000-row-security.js';
import { NamesByTypeOrm1757000400000 } from './1757000400000-names-by-typeorm.js';
import { Countries1756999900000 } from './shared/1756999900000-countries.js';

/** Of the tables that all tenants read. */
export const sharedMigrations = [Countries1756999900000];

/** The same for every tenant, whatever keeps it apart. */
export const migrations = [
  Catalogue1757000000000,
  Orders1757000100000,
  TenantColumns1757000200000,
  RowSecurity1757000300000,
  NamesByTypeOrm1757000400000,
];
