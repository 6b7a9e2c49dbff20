import type { Tenant } from '@rowhouse/core';

/**
 * For the transaction of an export or an import: values are written so that they are read as the same everywhere, whatever the database
 * or the login says.
 */
export const PLAIN_SETTINGS = `set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
set local extra_float_digits = 3; set local bytea_output = 'hex'`;

/** The tenant without the time limits of its plan: they are for its requests, and not for operators who move its data. */
export function withoutTimeLimits(tenant: Tenant): Tenant {
  const { overrides } = tenant;
  const limits = { ...overrides.limits, statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
  return Object.freeze({ ...tenant, overrides: { ...overrides, limits } });
}
