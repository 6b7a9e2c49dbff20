import { DataSource, type QueryRunner, type ReplicationMode } from 'typeorm';
import { ignoreRowSecurity } from './ignore-row-security.js';

/**
 * A TypeORM data source whose schema comparison ignores what row security adds and entities cannot declare:
 * the key to `rowhouse.tenants`, and `tenant_id` in join tables. With a plain one, `synchronize()` and
 * `migration:generate` would drop them. The data sources of {@link openTenantDataSource} do so too.
 */
export class TenantEntityDataSource extends DataSource {
  override createQueryRunner(mode?: ReplicationMode): QueryRunner {
    return ignoreRowSecurity(super.createQueryRunner(mode), () => this);
  }
}
