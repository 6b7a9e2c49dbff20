import {
  type PinMode,
  type PrimaryReason,
  type ReplicaOptions,
  type TenancyPoolOptions,
  type Tenant,
  TenantContext,
} from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import { type ReplicatedServer, type Standby, startReplicatedServer } from '../support/replicated-server.js';
import { makeTenant } from '../support/tenants.js';
import { until } from '../support/until.js';
import { Note } from './note.js';

/** Two of each isolation: one that writes, and one that does not. */
export const PAIRS = (['schema', 'row', 'database'] as const).map((isolation) => ({
  isolation,
  writer: makeTenant(`${isolation}-writer`, { isolation }),
  quiet: makeTenant(`${isolation}-quiet`, { isolation }),
}));
const TENANTS = PAIRS.flatMap(({ writer, quiet }) => [writer, quiet]);

const OWN_TABLE = `
  create table notes (id serial primary key, text text not null);
  create function add_note(text text) returns int language sql
    as 'insert into notes (text) values ($1) returning id'`;
const TENANT = "nullif(current_setting('rowhouse.tenant_id', true), '')::uuid";
const SHARED_TABLE = `
  create table notes (id serial primary key, text text not null, tenant_id uuid not null default ${TENANT});
  alter table notes enable row level security, force row level security;
  create policy rowhouse_tenant on notes using (tenant_id = (select ${TENANT})) with check (tenant_id = (select ${TENANT}));
  create policy rowhouse_system on notes to rowhouse_system using (true) with check (true)`;

/** Notes of tenants on a primary that has standbys. */
export interface ReplicatedNotes {
  readonly server: ReplicatedServer;
  readonly standby: Standby;
  readonly database: TestDatabase;
  /** An app that reads from the standby, or from another server. */
  open(options: { replicas: ReplicaOptions; pin?: PinMode; slave?: string }): Promise<NotesApp>;
  /** The URL of the app's login on a server. */
  at(server: { readonly url: string }): string;
  close(): Promise<void>;
}

export type NotesApp = Awaited<ReturnType<typeof openApp>>;

export async function startReplicatedNotes(): Promise<ReplicatedNotes> {
  const server = await startReplicatedServer();
  const [standby] = server.standbys;
  if (!standby) throw new Error('There is no standby.');
  const database = await createTestDatabase({ serverUrl: server.url });
  const at = ({ url }: { url: string }) =>
    Object.assign(new URL(database.loginUrl), { host: new URL(url).host }).href;
  const app = await openApp(database, {});
  for (const tenant of TENANTS) await app.registry.homes.prepare(tenant);
  for (const tenant of TENANTS)
    if (tenant.isolation !== 'row') await (await app.registry.directFor(tenant)).query(OWN_TABLE);
  await (await app.registry.directPoolFor()).query(SHARED_TABLE);
  await app.registry.homes.repairShared();
  for (const tenant of TENANTS) await app.write(tenant, `${tenant.slug} first`);
  await app.close();
  await standby.caughtUp();
  const apps: NotesApp[] = [];
  return {
    server,
    standby,
    database,
    at,
    async open({ replicas, pin, slave = at(standby) }) {
      const opened = await openApp(database, { replicas, pin }, slave);
      apps.push(opened);
      return opened;
    },
    async close() {
      for (const each of apps) await each.close();
      await server.stop();
    },
  };
}

type Counts = Record<'onReplicas' | PrimaryReason, number>;
const NONE: Counts = { onReplicas: 0, wrote: 0, lag: 0, failure: 0, placement: 0 };

async function openApp({ url, loginUrl }: TestDatabase, tenancy: TenancyPoolOptions, slave?: string) {
  const address = slave
    ? { replication: { master: { url: loginUrl }, slaves: [{ url: slave }] } }
    : { url: loginUrl };
  const ambient = await openTenantDataSource(
    { type: 'postgres', poolSize: 4, entities: [Note], ...address },
    tenancy,
  );
  const registry = new DataSourceRegistry({ ambient, directUrl: url, tenancy });
  const notes = ambient.getRepository(Note);
  const read = (tenant: Tenant): Promise<string[]> =>
    TenantContext.run(tenant, async () =>
      (await notes.find({ order: { id: 'DESC' } })).map(({ text }) => text),
    );
  const counted = (): Counts => {
    const { replicas = [], onPrimary } = registry.stats().reads ?? {};
    return { ...NONE, ...onPrimary, onReplicas: replicas.reduce((sum, { reads }) => sum + reads, 0) };
  };
  let before = counted();
  const counts = (): Counts => {
    const now = counted();
    for (const name of Object.keys(now) as Array<keyof Counts>) now[name] -= before[name];
    return now;
  };
  let isOpen = true;
  return {
    ambient,
    registry,
    /** The texts, newest first, of a tenant. */
    read,
    write: (tenant: Tenant, text: string) => TenantContext.run(tenant, () => notes.save({ text })),
    /** Where reads went since it was {@link inService}. */
    counts,
    /** Resolves when reads of a tenant that does not write go to the replica. */
    async inService(quiet: Tenant) {
      const { onReplicas } = counts();
      await until(async () => {
        await read(quiet);
        return counts().onReplicas > onReplicas;
      });
      before = counted();
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await registry.close();
      await ambient.destroy();
    },
  };
}
