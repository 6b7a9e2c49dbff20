import { ROW_POLICIES } from './row-policies.js';

/**
 * SQL: whether the table `c` of `pg_class`, in the schema `n` of `pg_namespace`, holds rows of several tenants. Schemas of tenants
 * hold none; those of the doctor's synthetic tenants come and go.
 */
export const HOLDS_ROWS_OF_TENANTS = `c.relkind in ('r', 'p') and not c.relispartition
       and not pg_catalog.starts_with(n.nspname::text, 'tenant_')
       and exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = '${ROW_POLICIES.tenant}')`;
