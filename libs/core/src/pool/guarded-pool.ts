import { CARRIES_TENANT_ID, IS_BEHIND_POLICIES } from '../homes/row-policies.js';
import type { Pin } from '../pin/pin.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { StatementGuard } from '../statement/guard/index.js';

type Query = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>;

/** The statement guard of one pool, with what it has to know of the pool's database. */
export interface GuardedPool {
  /**
   * @param texts - each as it is sent: where the pool cuts a text is what the server reads.
   * @throws {StatementRefusedError} for a statement that its tenant may not send.
   */
  readonly check: (texts: readonly string[], pin: Pin) => void;
  /** Gets ready, and looks at the database again if that was some time ago. Called for each new connection. */
  readonly refresh: (query: Query) => Promise<void>;
}

const UNGUARDED: GuardedPool = { check: () => {}, refresh: async () => {} };

/** How old what is known of the database's tables may be. */
const REFRESH_MS = 60_000;

/** Tables that carry `tenant_id` and that no forced policy stands before. */
const UNPROTECTED_TABLES = `
  select n.nspname as schema, c.relname as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = any($1) and c.relkind in ('r', 'p', 'f', 'm')
     and ${CARRIES_TENANT_ID} and not ${IS_BEHIND_POLICIES}`;

export function guardPool({ guard: options, sharedSchemas, homeSchema }: TenancyPoolSettings): GuardedPool {
  if (options.mode === 'off') return UNGUARDED;
  const schemas = [...new Set([homeSchema, ...sharedSchemas])];
  const loading = StatementGuard.load(options);
  // Whoever opens a connection is told; without this, a failure would be nobody's first.
  loading.catch(() => {});
  let guard: StatementGuard | undefined;
  let unprotected: ReadonlySet<string> = new Set();
  let refreshedAt = Number.NEGATIVE_INFINITY;

  const isUnprotected = (schema: string | undefined, table: string) =>
    (schema ? [schema] : schemas).some((one) => unprotected.has(`${one}.${table}`));

  return {
    check(texts, { guarded }) {
      if (!guarded) return;
      if (!guard) throw new Error('A connection was used before its guard was ready.');
      const scope = { isolation: guarded.isolation, schemas: guarded.schemas, isUnprotected };
      for (const text of texts) guard.check(text, scope, guarded.id);
    },
    async refresh(query) {
      guard = await loading;
      if (performance.now() - refreshedAt < REFRESH_MS) return;
      refreshedAt = performance.now();
      const { rows } = await query(UNPROTECTED_TABLES, [schemas]);
      unprotected = new Set(
        (rows as { schema: string; name: string }[]).map(({ schema, name }) => `${schema}.${name}`),
      );
    },
  };
}
