import type { Tenant } from '@rowhouse/core';
import type { DataSource, EntityManager } from 'typeorm';

/** The argument of a `rowhouse run` script, which is called once for each tenant. */
export interface ScriptContext {
  readonly tenant: Tenant;
  /** Acts for the tenant. */
  readonly dataSource: DataSource;
  readonly manager: EntityManager;
  /** Aborted when the run should stop. */
  readonly signal: AbortSignal;
}

/** The default export of a script. Its result is included in the report. */
export type TenantScript = (context: ScriptContext) => unknown;
