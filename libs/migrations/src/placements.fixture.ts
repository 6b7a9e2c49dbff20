import type { TenancyPoolOptions } from '@rowhouse/core';
import { createTestDatabase, type EmbeddedPostgres, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { migration, openDeployment } from './deployment.fixture.js';

const POLICY = `tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)`;

/** Reference tables, and tables of tenants that keep rows apart in each isolation. */
export const regions = migration('Regions1757000000001', [
  'create table public.regions (code text primary key)',
  "insert into public.regions values ('north')",
]);
export const notes = migration(
  'Notes1757000000002',
  [
    `create table notes (id serial primary key, region text not null default 'north' references public.regions, body text not null,
       tenant_id uuid not null default nullif(current_setting('rowhouse.tenant_id', true), '')::uuid)`,
    `create policy rowhouse_tenant on notes for all to public using (${POLICY}) with check (${POLICY})`,
    'alter table notes enable row level security, force row level security',
  ],
  ['drop table notes'],
);

/**
 * A deployment with two placements: `eu` is a second database on the server of the main one, `us` is one on a server of its own.
 *
 * @param server - of `us`.
 */
export async function openPlacements(server: Pick<EmbeddedPostgres, 'url'>) {
  const eu = await createTestDatabase();
  const us = await createTestDatabase({ serverUrl: server.url });
  const at = ({ url, loginUrl }: TestDatabase) => ({ url: () => loginUrl, ownerUrl: () => url });
  const pool: TenancyPoolOptions = { databases: { placements: { eu: at(eu), us: at(us) } } };
  const deployment = await openDeployment({ pool, migrations: [notes] });
  const databases = { default: deployment.database, eu, us } as const;
  return {
    ...deployment,
    databases,
    /** Runs a statement as the superuser in the database of a placement. */
    async on(placement: string, text: string, values: unknown[] = []) {
      const client = new pg.Client(databases[placement as keyof typeof databases].url);
      await client.connect();
      try {
        return (await client.query(text, values)).rows;
      } finally {
        await client.end();
      }
    },
    async close() {
      await eu.drop();
      await us.drop();
      await deployment.close();
    },
  };
}

export type Placements = Awaited<ReturnType<typeof openPlacements>>;
