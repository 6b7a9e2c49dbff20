import pg from 'pg';
import type { Owner } from './role-statements.js';

const { escapeIdentifier: quote } = pg;

/** An extension, and the schema that its functions and types are in. */
export interface SharedExtension {
  readonly name: string;
  readonly schema: string;
}

/**
 * The extensions that tenants find in the shared schemas of the deployment's own database. Only trusted ones: those that the
 * owner of a database may make without being a superuser (manual, CREATE EXTENSION).
 */
export async function sharedExtensions(
  owner: Owner,
  schemas: readonly string[],
): Promise<readonly SharedExtension[]> {
  const { rows } = await owner.query<SharedExtension>(
    `select e.extname::text as name, n.nspname::text as schema
       from pg_catalog.pg_extension e
       join pg_catalog.pg_namespace n on n.oid = e.extnamespace
       join pg_catalog.pg_available_extension_versions v on v.name = e.extname and v.version = e.extversion
      where v.trusted and n.nspname = any($1) order by e.extname`,
    [schemas],
  );
  return rows;
}

/** Makes them in another database, as far as its server has them: there a tenant finds the functions that all others find. */
export async function createExtensions(owner: Owner, extensions: readonly SharedExtension[]): Promise<void> {
  if (extensions.length === 0) return;
  const { rows } = await owner.query<{ name: string }>(
    'select name::text from pg_catalog.pg_available_extensions where name = any($1)',
    [extensions.map(({ name }) => name)],
  );
  const available = new Set(rows.map(({ name }) => name));
  for (const { name, schema } of extensions)
    if (available.has(name))
      await owner.query(`create extension if not exists ${quote(name)} schema ${quote(schema)}`);
}
