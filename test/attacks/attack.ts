import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { DeploymentRoles } from '@rowhouse/core/internal';
import type pg from 'pg';

/** One of the two tenants of a battle. */
export interface Side {
  readonly tenant: Tenant;
  /** Stands in each value that is this tenant's alone. */
  readonly mark: string;
  /** The role its statements run in. */
  readonly role: string;
  /** The schema with its tables, in its database. */
  readonly home: string;
  readonly database: string;
  /** The key of its first product. */
  readonly productId: number;
  /** The oid of a large object it made. */
  readonly largeObject: number;
}

/** What an attacker is taken to know: every name and every key, but no password. */
export interface Battle {
  readonly isolation: TenantIsolation;
  readonly victim: Side;
  readonly attacker: Side;
  readonly roles: DeploymentRoles;
  /** The login that all connections are made with. */
  readonly login: string;
  /** A role that may read what the victim has. */
  readonly readerRole: string;
  /** The server process that holds another connection of the victim. */
  readonly victimPid: number;
  /** The name of an object of the victim, with all that it takes to name it. */
  at(name: string): string;
}

/** A text, a query with values, or anything that can be done with a client. */
/** A query config without a text is for a statement that was prepared before. */
export type Step =
  | string
  | (Partial<pg.QueryConfig> & { name?: string })
  | ((client: pg.PoolClient, battle: Battle) => Promise<unknown>);

/** Who stops an attack first: the statement guard, PostgreSQL, or the pool; `nobody` where it does no harm. */
export type Stopper = 'guard' | 'postgres' | 'pool' | 'nobody';

export interface Attack {
  readonly name: string;
  /** What the attacker sends on one client, in order, whatever becomes of the step before. */
  readonly steps: (battle: Battle) => Step | readonly Step[];
  readonly stoppedBy: Stopper | Readonly<Record<TenantIsolation, Stopper>>;
  /** The modes in which nothing but the guard stops it. Such attacks are listed in docs/security.md. */
  readonly guardOnly?: readonly TenantIsolation[];
  /** The modes it is possible in. Default all. */
  readonly modes?: readonly TenantIsolation[];
}

export type AttackRow = readonly [
  name: string,
  steps: Attack['steps'] | string | readonly string[],
  stoppedBy: Attack['stoppedBy'],
  more?: Pick<Attack, 'guardOnly' | 'modes'>,
];

export function attacks(...rows: readonly AttackRow[]): readonly Attack[] {
  return rows.map(([name, steps, stoppedBy, more]) => ({
    name,
    steps: typeof steps === 'function' ? steps : () => steps,
    stoppedBy,
    ...more,
  }));
}

/** The modes in which tenants share a database, and so a connection. */
export const SHARED = ['schema', 'row'] as const;
/** The stopper in schema, row and database mode. */
export const each = (schema: Stopper, row: Stopper, database: Stopper) => ({ schema, row, database });
