const PARAMETERS = '$1, $2, $3, $4, $5, $6, $7';

/**
 * Enqueues a job for the tenant of the pin, which must be $1: name, data, when to run it, urgency, retries, singleton key.
 */
export const ENQUEUE_JOB = `select rowhouse_jobs.enqueue(${PARAMETERS}) as id`;

/** The same for any tenant, in the system context. */
export const ENQUEUE_JOB_AS_SYSTEM = `select rowhouse_jobs.enqueue_as_system(${PARAMETERS}) as id`;

/**
 * What enqueuing with a transaction in the database of a tenant begins with: which transaction that is, whom it acts for, and whether
 * the database has an outbox.
 */
export const OPEN_OUTBOX = `select pg_catalog.pg_current_xact_id()::pg_catalog.text as xid,
  pg_catalog.current_setting('rowhouse.tenant_id', true) as "tenantId",
  exists (select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
           where n.nspname = 'rowhouse_jobs' and p.proname = 'enqueue_in_outbox') as "hasOutbox"`;

/** Tells the catalog, in the system context, that the transaction $2 of the tenant $1 may leave jobs in its outbox. */
export const NOTE_OUTBOX = 'select rowhouse_jobs.note_outbox($1, $2::xid8)';

/** As {@link ENQUEUE_JOB}, in the tenant's own database. The id is null, and nothing enqueued, in another transaction than $8. */
export const ENQUEUE_IN_OUTBOX = `select rowhouse_jobs.enqueue_in_outbox(${PARAMETERS}, $8::xid8) as id`;

/** The texts about jobs that tenants' connections send. The guard knows them by heart, because no other text may name the schema. */
export const JOB_TEXTS: ReadonlySet<string> = new Set([ENQUEUE_JOB, OPEN_OUTBOX, ENQUEUE_IN_OUTBOX]);
