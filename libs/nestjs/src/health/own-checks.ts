import type { Catalog, Tenant, TenantDirectory, TenantPoolStats } from '@rowhouse/core';
import { TenantContext } from '@rowhouse/core';
import { counted, messageOf, reachPlacement } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { unavailabilityOf } from '../http/tenant-outcome.js';
import type { RateStore } from '../rates/rate-store.js';
import { SharedRateStore } from '../rates/shared-rate-store.js';
import type { TenancyOptions } from '../tenancy-options.js';
import type { HealthFinding, TenancyHealthCheck } from './health-checks.js';

/** What the checks of TenancyModule ask. */
export interface CheckedParts {
  readonly options: TenancyOptions;
  readonly directory: TenantDirectory;
  readonly rates: RateStore;
  readonly catalog: Catalog | undefined;
  readonly registry: DataSourceRegistry | undefined;
}

/** For what opens a connection, or reads much. */
const SELDOM_MS = 15_000;
/** How far the clocks of this process and of PostgreSQL may be apart. */
const SKEW_MS = 2_000;
/** As {@link TenantDirectoryOptions} has it. */
const STALE_IF_ERROR_MS = 300_000;

/** What an instance that serves tenants depends on. */
export function ownChecks(parts: CheckedParts): readonly TenancyHealthCheck[] {
  const { options, directory, rates, catalog, registry } = parts;
  const checks: TenancyHealthCheck[] = [
    {
      name: 'tenants',
      isEssential: true,
      check: () => staleness(directory, options),
      checkTenant: statusOf,
    },
    { name: 'rates', check: () => ratesOf(rates) },
  ];
  if (registry) {
    checks.push(
      { name: 'database', isEssential: true, check: () => databaseOf(registry) },
      { name: 'pools', check: async () => poolsOf(registry) },
      ...(registry.stats().reads ? [{ name: 'replicas', check: async () => replicasOf(registry) }] : []),
      { name: 'home', checkTenant: (tenant) => homeOf(registry, tenant) },
    );
  }
  if (catalog) {
    checks.push(
      { name: 'catalog', check: () => catalogOf(catalog) },
      { name: 'clock', check: () => clockOf(catalog) },
    );
    if (!options.store) checks.push({ name: 'listener', check: async () => listenerOf(catalog) });
  }
  for (const [name, placement] of Object.entries(options.pool.databases?.placements ?? {})) {
    checks.push({
      name: `placement:${name}`,
      everyMs: SELDOM_MS,
      check: async () => {
        await reachPlacement(placement, name);
        return { status: 'up' };
      },
    });
  }
  return checks;
}

/** A statement through the pool that requests use. While all tenants wait for connections, so does it. */
async function databaseOf(registry: DataSourceRegistry): Promise<HealthFinding> {
  await TenantContext.runAsSystem('health check', () => registry.ambient.query('select 1'));
  return { status: 'up' };
}

function poolsOf(registry: DataSourceRegistry): HealthFinding {
  const pools = registry
    .stats()
    .pools.map(({ total, idle, waiting }: TenantPoolStats) => ({ total, idle, waiting }));
  const waiting = pools.reduce((sum, pool) => sum + pool.waiting, 0);
  if (waiting === 0) return { status: 'up', pools };
  return {
    status: 'degraded',
    message: `${counted(waiting, 'request waits', 'requests wait')} for a connection`,
    pools,
  };
}

/** What cannot be read from a replica is read from the primary. */
function replicasOf(registry: DataSourceRegistry): HealthFinding {
  const { replicas = [], onPrimary } = registry.stats().reads ?? {};
  const out = replicas.filter(({ isRead }) => !isRead);
  const states = replicas.map(({ address, isRead, lagMs, outBecause }) => ({
    address,
    isRead,
    lagMs,
    ...(outBecause !== undefined && { message: outBecause }),
  }));
  if (out.length === 0) return { status: 'up', replicas: states, onPrimary };
  return {
    status: 'degraded',
    message: `${counted(out.length, 'replica is', 'replicas are')} not read`,
    replicas: states,
    onPrimary,
  };
}

/** Tenants are served from memory while their store fails, for a time. */
async function staleness(
  directory: TenantDirectory,
  { directory: options }: TenancyOptions,
): Promise<HealthFinding> {
  const { failingSince, size } = directory.stats();
  if (!failingSince) return { status: 'up', held: size };
  try {
    // Without requests nobody else would notice that it is back.
    await directory.list({ limit: 1 });
    return { status: 'up', held: size };
  } catch (error) {
    const forMs = Date.now() - failingSince.getTime();
    const isUseless = size === 0 || forMs > (options.staleIfErrorMs ?? STALE_IF_ERROR_MS);
    return {
      status: isUseless ? 'down' : 'degraded',
      message: `the store of tenants fails, and those in memory are served: ${messageOf(error)}`,
      failingSince: failingSince.toISOString(),
      held: size,
    };
  }
}

async function ratesOf(store: RateStore): Promise<HealthFinding> {
  const { kind } = store;
  if (!(store instanceof SharedRateStore)) return { status: 'up', store: kind };
  try {
    await store.ping();
    return { status: 'up', store: kind };
  } catch (error) {
    const since = (store.away?.since ?? new Date()).toISOString();
    const message = `this instance counts for itself: ${messageOf(error)}`;
    return { status: 'degraded', message, store: kind, since };
  }
}

async function catalogOf(catalog: Catalog): Promise<HealthFinding> {
  await catalog.query('select 1');
  return { status: 'up' };
}

/** Without it, changes of tenants are heard of when what is held has become old. */
function listenerOf(catalog: Catalog): HealthFinding {
  if (catalog.notifications.isListening) return { status: 'up' };
  return { status: 'degraded', message: 'changes of tenants are not heard at this moment' };
}

async function clockOf(catalog: Catalog): Promise<HealthFinding> {
  const before = Date.now();
  const { rows } = await catalog.query<{ now: number }>(
    'select pg_catalog.date_part($1, pg_catalog.clock_timestamp()) * 1000 as now',
    ['epoch'],
  );
  const after = Date.now();
  const server = rows[0]?.now ?? before;
  // The server has looked at its clock somewhere in between.
  const skewMs = Math.round(server < before ? server - before : Math.max(0, server - after));
  if (Math.abs(skewMs) <= SKEW_MS) return { status: 'up', skewMs };
  return { status: 'degraded', message: `the clock of PostgreSQL is ${skewMs} ms ahead of this one`, skewMs };
}

async function statusOf(tenant: Tenant): Promise<HealthFinding> {
  const refusal = unavailabilityOf(tenant);
  if (!refusal) return { status: 'up', tenant: tenant.status };
  return { status: 'down', tenant: tenant.status, message: refusal.code };
}

/** A statement in the tenant's role, on its path or in its database. */
async function homeOf(registry: DataSourceRegistry, tenant: Tenant): Promise<HealthFinding> {
  await registry.for(tenant).query('select 1');
  return { status: 'up', isolation: tenant.isolation, placement: tenant.placement };
}
