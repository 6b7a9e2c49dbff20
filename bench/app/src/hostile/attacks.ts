/** What a hostile tenant sends. */
export interface Attack {
  readonly texts: readonly string[];
  /** Each text by itself, all in a transaction, or on one connection that is held between them. */
  readonly by?: 'query' | 'transaction' | 'lease';
}

/** Texts of which each is new. */
let made = 0;
const fresh = (text: string): string => `/* ${(made++).toString(36)} */ ${text}`;
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Made once: to make them is no cost of the app's. */
const NUMBERS = times(100_000, String).join(', ');
const BEYOND_THE_LIMIT = 'x'.repeat(4_100_000);
const DEEP = ' + 1'.repeat(50_000);
const BEGINS = 'begin; '.repeat(20_000);

/** Everything by which one tenant could stop the others. The soak sends all of it at once. */
export const ATTACKS: Readonly<Record<string, () => Attack>> = {
  'giant-result': () => ({ texts: ["select repeat('a', 545000000)"] }),
  'notify-flood': () => ({
    texts: ["select count(pg_notify('rowhouse_tenants', g::text)) from generate_series(1, 20000) g"],
  }),
  'notify-statement': () => ({ texts: ["notify rowhouse_tenants, 'acme'", 'listen rowhouse_tenants'] }),
  'copy-as-text': () => ({ texts: ['copy products from stdin'] }),
  'copy-in-transaction': () => ({ texts: ['select 1', 'copy products from stdin'], by: 'transaction' }),
  'copy-in-script': () => ({ texts: ['select 1; copy products from stdin; select 2'] }),
  'end-own-backend': () => ({ texts: ['select pg_terminate_backend(pg_backend_pid())'] }),
  'end-leased-backend': () => ({
    texts: ['select 1', 'select pg_terminate_backend(pg_backend_pid())'],
    by: 'lease',
  }),
  'transaction-timeout': () => ({
    texts: ['set transaction_timeout = 50', 'select pg_sleep(1)'],
    by: 'transaction',
  }),
  'idle-timeout': () => ({ texts: ['set idle_session_timeout = 50', 'select 1'], by: 'lease' }),
  'session-locks': () => ({
    texts: ['select count(pg_advisory_lock(g)) from generate_series(1, 5000) g'],
  }),
  'transaction-locks': () => ({
    texts: times(20, (n) => `select count(pg_advisory_xact_lock(${n}, g)) from generate_series(1, 2000) g`),
    by: 'transaction',
  }),
  'session-settings': () => ({ texts: times(5, (n) => `set work_mem = '${n + 1}MB'`) }),
  'temporary-tables': () => ({ texts: times(3, (n) => `create temp table t${n} as select 1 as a`) }),
  'prepared-statements': () => ({ texts: times(5, (n) => `prepare p${n} as select ${n}`) }),
  'long-text': () => ({ texts: [fresh(`select 1 where 0 in (${NUMBERS})`)] }),
  'text-beyond-the-limit': () => ({ texts: [fresh(`select '${BEYOND_THE_LIMIT}'`)] }),
  'deep-text': () => ({ texts: [fresh(`select 1${DEEP}`)] }),
  'many-begins': () => ({ texts: [fresh(`select '${BEGINS}'`)] }),
  'new-texts': () => ({ texts: times(50, (n) => fresh(`select ${n} as n, $$begin$$ as text`)) }),
  'used-up-sequence': () => ({ texts: ["select setval('products_id_seq', 2147483647)"] }),
};
