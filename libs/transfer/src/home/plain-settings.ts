import type { Tenant } from '@rowhouse/core';
import type { Client } from './tables.js';

/**
 * For the transaction of an export or an import: values are written so that they are read as the same everywhere, whatever the database
 * or the login says.
 */
export const PLAIN_SETTINGS = `set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
set local extra_float_digits = 3; set local bytea_output = 'hex'`;

/** Begins a transaction with {@link PLAIN_SETTINGS}. */
export async function beginPlain(client: Client): Promise<void> {
  await client.query('begin');
  await client.query(PLAIN_SETTINGS);
}

/** Runs `work` in such a transaction, and commits. After an error it is open: the connection must be closed. */
export async function inPlainTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await beginPlain(client);
  const result = await work();
  await client.query('commit');
  return result;
}

/** The tenant without the limits that its plan has for statements: they are for its requests, and not for operators who move its data. */
export function withoutLimits(tenant: Tenant): Tenant {
  const { overrides } = tenant;
  const limits = {
    ...overrides.limits,
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
    resultBytes: Number.MAX_SAFE_INTEGER,
  };
  return Object.freeze({ ...tenant, overrides: { ...overrides, limits } });
}
