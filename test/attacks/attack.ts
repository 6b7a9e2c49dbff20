import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { DeploymentRoles } from '@rowhouse/core/internal';
import type pg from 'pg';

/** One of the two tenants of a battle. */
export interface Side {
  readonly tenant: Tenant;
  /** A text that is part of every value of this tenant, and of no other. */
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

/** The knowledge of an attacker: every name and every key, but no password. */
export interface Battle {
  readonly isolation: TenantIsolation;
  readonly victim: Side;
  readonly attacker: Side;
  readonly roles: DeploymentRoles;
  /** The login of all connections. */
  readonly login: string;
  /** A role that may read the victim's tables. */
  readonly readerRole: string;
  /** The server process of another connection of the victim. */
  readonly victimPid: number;
  /** The qualified name of an object of the victim. */
  at(name: string): string;
}

/** A text, a query with values, or a function that uses a client. */
/** A query config without a text is for a statement that was prepared before. */
export type Step =
  | string
  | (Partial<pg.QueryConfig> & { name?: string })
  | ((client: pg.PoolClient, battle: Battle) => Promise<unknown>);

/** Who stops an attack first: the statement guard, PostgreSQL, or the pool; `nobody` if it does no harm. */
export type Stopper = 'guard' | 'postgres' | 'pool' | 'nobody';

export interface Attack {
  readonly name: string;
  /** What the attacker sends on one client, in order. A step that fails does not stop the next. */
  readonly steps: (battle: Battle) => Step | readonly Step[];
  readonly stoppedBy: Stopper | Readonly<Record<TenantIsolation, Stopper>>;
  /** The modes in which only the guard stops it. docs/security.md lists these attacks. */
  readonly guardOnly?: readonly TenantIsolation[];
  /** The modes in which it is possible. Default all. */
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
