import { METER_COLUMNS } from '../meters.js';
import { SKETCH_SIZE } from '../user-sketch.js';
import type { FlushBatch, TallyRow } from './flush-batch.js';

const METERS = METER_COLUMNS.join(', ');
const COLUMNS_PER_TALLY = 3 + METER_COLUMNS.length;

/** Rows of a batch that was not applied before, without those of tenants that are purged. */
const OF_BATCH = `where exists (select from batch)
      and not exists (select from rowhouse.metric_purged p where p.tenant_id = g.tenant_id)`;

/** Whether counts are nobody's bill, so that nobody needs to look at them again. */
const IS_UNUSED = '(select h.since is null from rowhouse.usage_head h)';

/**
 * Adds rows of tallies to a table.
 *
 * @param first - the number of their first parameter.
 * @param isBilled - whether records are made of the table.
 */
function addTallies(table: string, key: readonly string[], first: number, isBilled = false): string {
  const flag = isBilled ? { column: ', is_recorded', value: `, ${IS_UNUSED}` } : { column: '', value: '' };
  const meters = METER_COLUMNS.map((_, index) => `$${first + 3 + index}::pg_catalog.int8[]`);
  const sums = METER_COLUMNS.map((column) => `${column} = t.${column} + excluded.${column}`);
  return `insert into rowhouse.${table} as t (${key.join(', ')}, latency, ${METERS}${flag.column})
    select ${key.map((column) => `g.${column}`).join(', ')}, g.latency::pg_catalog.int8[], ${METER_COLUMNS.map((column) => `g.${column}`).join(', ')}${flag.value}
      from rows from (pg_catalog.unnest($${first}::pg_catalog.uuid[]), pg_catalog.unnest($${first + 1}::pg_catalog.timestamptz[]),
        pg_catalog.unnest($${first + 2}::pg_catalog.text[]), ${meters.map((each) => `pg_catalog.unnest(${each})`).join(', ')})
        as g (tenant_id, time, latency, ${METERS})
      ${OF_BATCH}
     order by g.tenant_id, g.time
    on conflict (${key.join(', ')}) do update
      set latency = rowhouse.add_arrays(t.latency, excluded.latency), ${sums.join(', ')}${isBilled ? ', is_recorded = t.is_recorded and excluded.is_recorded' : ''}`;
}

const MINUTES = 3;
const HOURS = MINUTES + COLUMNS_PER_TALLY;
const TOTALS = HOURS + COLUMNS_PER_TALLY;
const USERS = TOTALS + COLUMNS_PER_TALLY;
const USAGE = USERS + 3;
const SLOW = USAGE + 4;

/**
 * Adds one batch to the catalog, as one statement. The number of the batch is written with it, so that sending it again, when no answer
 * has come, changes nothing: also while the first statement is still running.
 */
const FLUSH = `
  with batch as (
    insert into rowhouse.metric_flushes as f (instance, seq) values ($1, $2)
    on conflict (instance) do update set seq = excluded.seq, at = pg_catalog.now() where f.seq < excluded.seq
    returning f.instance
  ), minutes as (
    ${addTallies('metric_minutes', ['tenant_id', 'time'], MINUTES)}
  ), hours as (
    ${addTallies('metric_hours', ['tenant_id', 'time'], HOURS, true)}
  ), totals as (
    ${addTallies('metric_totals', ['tenant_id'], TOTALS)}
  ), users as (
    insert into rowhouse.metric_users as t (tenant_id, day, hashes)
    select g.tenant_id, g.day, g.hashes::pg_catalog.int8[]
      from rows from (pg_catalog.unnest($${USERS}::pg_catalog.uuid[]), pg_catalog.unnest($${USERS + 1}::pg_catalog.date[]),
        pg_catalog.unnest($${USERS + 2}::pg_catalog.text[])) as g (tenant_id, day, hashes)
      ${OF_BATCH}
     order by g.tenant_id, g.day
    on conflict (tenant_id, day) do update
      set hashes = rowhouse.smallest_of(t.hashes, excluded.hashes, ${SKETCH_SIZE})
      where not t.hashes operator(pg_catalog.@>) excluded.hashes
  ), usage as (
    insert into rowhouse.usage_counts as t (tenant_id, meter, hour, quantity)
    select g.tenant_id, g.meter, g.hour, g.quantity
      from rows from (pg_catalog.unnest($${USAGE}::pg_catalog.uuid[]), pg_catalog.unnest($${USAGE + 1}::pg_catalog.text[]),
        pg_catalog.unnest($${USAGE + 2}::pg_catalog.timestamptz[]), pg_catalog.unnest($${USAGE + 3}::pg_catalog.int8[]))
        as g (tenant_id, meter, hour, quantity)
      ${OF_BATCH}
     order by g.tenant_id, g.meter, g.hour
    on conflict (tenant_id, meter, hour) do update set quantity = t.quantity + excluded.quantity, is_recorded = false
  )
  insert into rowhouse.metric_slow_statements as t (tenant_id, id, shape, calls, total_us, max_us, rows)
  select g.tenant_id, g.id, g.shape, g.calls, g.total_us, g.max_us, g.rows
    from rows from (pg_catalog.unnest($${SLOW}::pg_catalog.uuid[]), pg_catalog.unnest($${SLOW + 1}::pg_catalog.text[]),
      pg_catalog.unnest($${SLOW + 2}::pg_catalog.text[]), pg_catalog.unnest($${SLOW + 3}::pg_catalog.int8[]),
      pg_catalog.unnest($${SLOW + 4}::pg_catalog.int8[]), pg_catalog.unnest($${SLOW + 5}::pg_catalog.int8[]),
      pg_catalog.unnest($${SLOW + 6}::pg_catalog.int8[])) as g (tenant_id, id, shape, calls, total_us, max_us, rows)
    ${OF_BATCH}
   order by g.tenant_id, g.id
  on conflict (tenant_id, id) do update
    set calls = t.calls + excluded.calls, total_us = t.total_us + excluded.total_us, rows = t.rows + excluded.rows,
      max_us = greatest(t.max_us, excluded.max_us), last_at = pg_catalog.now()`;

/** The statement for a batch of an instance of the app. */
export function flushStatement(instance: string, batch: FlushBatch): { text: string; values: unknown[] } {
  const { seq, minutes, hours, totals, users, usage, slowStatements: slow } = batch;
  const values = [
    instance,
    seq,
    ...[minutes, hours, totals].flatMap(tallyValues),
    users.map(({ tenantId }) => tenantId),
    users.map(({ day }) => day),
    users.map(({ hashes }) => arrayText(hashes)),
    usage.map(({ tenantId }) => tenantId),
    usage.map(({ meter }) => meter),
    usage.map(({ hour }) => hour),
    usage.map(({ quantity }) => quantity),
    slow.map(({ tenantId }) => tenantId),
    slow.map(({ id }) => id),
    slow.map(({ shape }) => shape ?? null),
    slow.map(({ calls }) => calls),
    slow.map(({ totalUs }) => totalUs),
    slow.map(({ maxUs }) => maxUs),
    slow.map(({ rows }) => rows),
  ];
  return { text: FLUSH, values };
}

/** As text: pg looks at each element of an array, which takes longer than all else. */
function tallyValues(rows: readonly TallyRow[]): unknown[] {
  return [
    `{${rows.map(({ tenantId }) => tenantId).join(',')}}`,
    `{${rows.map(({ time }) => `"${time.toISOString()}"`).join(',')}}`,
    rows.map(({ tally }) => arrayText(tally.latency)),
    ...METER_COLUMNS.map((_, index) => arrayText(rows.map(({ tally }) => tally.values[index] ?? 0))),
  ];
}

function arrayText(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`;
}
