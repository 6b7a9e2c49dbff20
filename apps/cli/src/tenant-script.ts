import type { Tenant } from '@rowhouse/core';
import type { DataSource, EntityManager } from 'typeorm';

/** What a script of `rowhouse run` is given, once for each tenant. */
export interface ScriptContext {
  readonly tenant: Tenant;
  /** Acts for the tenant. */
  readonly dataSource: DataSource;
  readonly manager: EntityManager;
  /** Aborted when the run is to come to an end. */
  readonly signal: AbortSignal;
}

/** The default export of a script. What it returns is in the report. */
export type TenantScript = (context: ScriptContext) => unknown;
