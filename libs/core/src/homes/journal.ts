/** Where Rowhouse keeps what rows were, in each database with homes: docs/back-in-time.md. No tenant may use it. */
export const JOURNAL_SCHEMA = 'rowhouse_journal';

/** SQL: whether the trigger `t` of `pg_trigger` is one of the journal. They are none of the application's. */
export const IS_JOURNAL_TRIGGER = `pg_catalog.starts_with(t.tgname::pg_catalog.text, '${JOURNAL_SCHEMA}')`;
