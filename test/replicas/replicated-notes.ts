import { type ReplicaOptions, type Tenant, TenantContext } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type ReplicatedServer, startReplicatedServer } from '../support/replicated-server.js';
import { makeTenant } from '../support/tenants.js';

@Entity('notes')
export class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

/** Two of each isolation: one that writes, and one that does not. */
export const PAIRS = (['schema', 'row', 'database'] as const).map((isolation) => ({
  isolation,
  writer: makeTenant(`${isolation}-writer`, { isolation }),
  quiet: makeTenant(`${isolation}-quiet`, { isolation }),
}));
const TENANTS = PAIRS.flatMap(({ writer, quiet }) => [writer, quiet]);

const OWN_TABLE = 'create table notes (id serial primary key, text text not null)';
const SHARED_TABLE = `
  create table notes (id serial primary key, text text not null,
    tenant_id uuid not null default current_setting('rowhouse.tenant_id')::uuid);
  alter table notes enable row level security;
  alter table notes force row level security;
  create policy own on notes using (tenant_id = (select current_setting('rowhouse.tenant_id')::uuid))`;

/** Notes of tenants on a primary that has standbys. */
export interface ReplicatedNotes {
  readonly server: ReplicatedServer;
  readonly database: TestDatabase;
  /** An app that reads from these servers. Default: from all standbys. @param urls - of superusers. */
  open(options?: { replicas?: ReplicaOptions; urls?: readonly string[] }): Promise<NotesApp>;
  close(): Promise<void>;
}

export type NotesApp = Awaited<ReturnType<typeof openApp>>;

export async function startReplicatedNotes(options?: { standbys?: number }): Promise<ReplicatedNotes> {
  const server = await startReplicatedServer(options);
  const database = await createTestDatabase({ serverUrl: server.url });
  const apps: NotesApp[] = [];
  const open: ReplicatedNotes['open'] = async ({
    replicas,
    urls = server.standbys.map(({ url }) => url),
  } = {}) => {
    const slaves = urls.map((url) => ({ url: sameLoginAt(database.loginUrl, url) }));
    const app = await openApp(database, slaves, replicas);
    apps.push(app);
    return app;
  };
  const app = await openApp(database, []);
  for (const tenant of TENANTS) await app.registry.homes.prepare(tenant);
  for (const tenant of TENANTS)
    if (tenant.isolation !== 'row') await (await app.registry.directFor(tenant)).query(OWN_TABLE);
  await (await app.registry.directPoolFor()).query(SHARED_TABLE);
  await app.registry.homes.repairShared();
  for (const tenant of TENANTS) await app.write(tenant, `${tenant.slug} first`);
  await app.close();
  for (const standby of server.standbys) await standby.caughtUp();
  return {
    server,
    database,
    open,
    async close() {
      for (const each of apps) await each.close();
      await server.stop();
    },
  };
}

/** The database and the login of one URL, on the server of another. */
function sameLoginAt(url: string, server: string): string {
  return Object.assign(new URL(url), { host: new URL(server).host }).href;
}

async function openApp(
  { url, loginUrl }: TestDatabase,
  slaves: ReadonlyArray<{ url: string }>,
  replicas: ReplicaOptions = {},
) {
  const tenancy = { replicas };
  const ambient = await openTenantDataSource(
    {
      type: 'postgres',
      poolSize: 4,
      entities: [Note],
      ...(slaves.length > 0
        ? { replication: { master: { url: loginUrl }, slaves: [...slaves] } }
        : { url: loginUrl }),
    },
    tenancy,
  );
  const registry = new DataSourceRegistry({ ambient, directUrl: url, tenancy });
  const notes = ambient.getRepository(Note);
  let isOpen = true;
  return {
    ambient,
    registry,
    /** The texts, newest first, of a tenant. */
    read: (tenant: Tenant): Promise<string[]> =>
      TenantContext.run(tenant, async () =>
        (await notes.find({ order: { id: 'DESC' } })).map(({ text }) => text),
      ),
    write: (tenant: Tenant, text: string) => TenantContext.run(tenant, () => notes.save({ text })),
    /** Where reads went so far. */
    counts: () => {
      const { replicas = [], onPrimary } = registry.stats().reads ?? {};
      return { onReplicas: replicas.reduce((sum, { reads }) => sum + reads, 0), ...onPrimary };
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await registry.close();
      await ambient.destroy();
    },
  };
}
