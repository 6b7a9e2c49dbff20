import pg from 'pg';
import { ROLE_COMMENT_PREFIX, tenantIdOfRole } from '../../homes/role-statements.js';
import type { Check, Examination } from '../examination.js';
import { explain, fail, judge } from '../report.js';
import { madeAt, refusalIn, SYNTHETIC_ROLE_COMMENT, syntheticTenant } from '../synthetic-tenants.js';

/** An examination that is older has ended or was killed. */
const LIFETIME_MS = 60 * 60 * 1_000;

function isLeftOver(slug: string): boolean {
  const since = madeAt(slug);
  return since !== undefined && since.getTime() < Date.now() - LIFETIME_MS;
}

/** The slug that a schema is named after: slugs hold no `_`. */
function slugOfSchema(schema: string): string {
  return schema.replace(/^tenant_/, '').replaceAll('_', '-');
}

async function removeSchemas({ owner }: Examination): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select nspname::text as name from pg_catalog.pg_namespace where pg_catalog.starts_with(nspname::text, 'tenant_rhdoctor_')`,
  );
  const names = rows.map(({ name }) => name).filter((name) => isLeftOver(slugOfSchema(name)));
  for (const name of names) await owner.query(`drop schema ${pg.escapeIdentifier(name)} cascade`);
  return names;
}

async function removeRoles({ owner, homes, settings }: Examination): Promise<string[]> {
  if (settings.roles === false) return [];
  const { rows } = await owner.query<{ name: string; slug: string }>(
    `select r.rolname::text as name, substr(pg_catalog.shobj_description(r.oid, 'pg_authid'), length('${ROLE_COMMENT_PREFIX}') + 1) as slug
       from pg_catalog.pg_roles r
      where r.rolname ~ ('^' || $1::text || '_[0-9a-f]{32}$')
        and pg_catalog.starts_with(pg_catalog.shobj_description(r.oid, 'pg_authid'), '${SYNTHETIC_ROLE_COMMENT}')`,
    [settings.roles],
  );
  const left = rows.filter(({ slug }) => isLeftOver(slug));
  for (const { name, slug } of left)
    await homes.remove(syntheticTenant(slug, 'schema', tenantIdOfRole(name)));
  return left.map(({ name }) => name);
}

export const SYNTHETIC_CHECKS: readonly Check[] = [
  {
    id: 'synthetic.leftovers',
    async run(examination) {
      let removed: readonly string[];
      try {
        await examination.synthetic.remove();
        removed = [...(await removeSchemas(examination)), ...(await removeRoles(examination))];
      } catch (error) {
        const refusal = await refusalIn(examination.owner, error);
        if (!refusal) throw error;
        return fail(
          `Synthetic tenants could not be removed: ${explain(error)}. ${refusal.detail}`,
          `${refusal.remedy}\n-- an examination that runs an hour later removes what is left`,
        );
      }
      return judge(removed, {
        status: 'warn',
        none: 'Nothing of a synthetic tenant is left.',
        some: 'An examination was killed; what was left of its synthetic tenants is removed now',
        remedy: 'Nothing is left to do.',
      });
    },
  },
];
