import { randomBytes } from 'node:crypto';
import { type NewTenant, type Tenant, TenantContext } from '@rowhouse/core';
import { parseOptions, sqlStateOf } from '@rowhouse/core/internal';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { z } from 'zod';
import type { ContentsOptions } from '../contents/companions-of.js';
import { ContentCopy } from '../contents/copy-contents.js';
import type { TransferControl } from '../control.js';
import { CloneRefusedError, ImportRefusedError } from '../errors.js';
import { isRowMisfit } from '../home/row-misfit.js';
import { sourceOf } from '../home/tables.js';
import { createTenantFrom, type ImportReport, type NewTenantControl } from '../import/import-tenant.js';
import type { RowSource } from '../source/row-source.js';
import { type TenantSource, withRowsOf } from '../source/tenant-source.js';
import { masksFileFor } from './masks/guess-masks.js';
import { planMasks, type TablePlan } from './masks/mask-plan.js';
import { type Masks, masksSchema } from './masks/mask-rules.js';
import { masked } from './masks/masked-source.js';
import { type Sample, sampleSchema } from './sample/sample-options.js';
import { planSample } from './sample/sample-plan.js';
import { sampled } from './sample/sampled-source.js';
import { factsOf } from './table-facts.js';

/** How the rows of a clone differ from those of its source. */
export interface CloneRows {
  /** Rules for columns. Default: none, and every value stays. */
  readonly masks?: Masks;
  /** With masks, each column that could hold texts of people needs a rule. Default true. */
  readonly strict?: boolean;
  /** Takes a part of the rows, in which no reference dangles. Default: all. */
  readonly sample?: Sample;
  /**
   * Decides hashes, made-up values and which rows are taken: the same seed makes the same clone. At least 16 characters. Who knows it
   * can find masked values by trying. Default: random.
   */
  readonly seed?: string;
}

/** The tenant that a clone becomes. With masks the name is the slug, and metadata is empty, unless they are given. */
export interface CloneOptions extends CloneRows, Partial<Omit<NewTenant, 'status' | 'overrides'>> {
  readonly slug: string;
  /** It is `suspended`, and was never active: no request is served, no schedule runs its jobs. Default false. */
  readonly suspended?: boolean;
  /** When {@link Fleet.tenants}.removeExpired removes it. Default: never. */
  readonly expiresAt?: Date;
}

/** What a clone would be. */
export interface ClonePlan {
  readonly tables: readonly {
    readonly name: string;
    /** How many would be cloned. */
    readonly rows: number;
    /** With the name of the rule of each; it is left out where the values stay without one. */
    readonly columns: readonly {
      readonly name: string;
      readonly type: string;
      readonly rule?: string | undefined;
    }[];
  }[];
  readonly rows: number;
}

const MIN_SEED = 16;

const rowsShape = {
  masks: masksSchema.optional(),
  strict: z.boolean().default(true),
  sample: sampleSchema.optional(),
  seed: z.string().min(MIN_SEED).max(1_000).optional(),
};
const rowsSchema = z.strictObject(rowsShape);
const cloneSchema = z.strictObject({
  ...rowsShape,
  id: z.guid().optional(),
  slug: z.string(),
  name: z.string().optional(),
  isolation: z.enum(['schema', 'row', 'database']).optional(),
  placement: z.string().optional(),
  plan: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  suspended: z.boolean().default(false),
  expiresAt: z
    .date()
    .refine((at) => at.getTime() > Date.now(), 'expected a time to come')
    .optional(),
});
type ParsedRows = z.output<typeof rowsSchema>;

/**
 * Makes a new tenant of the rows of another one, as they are at one moment: masked and as a sample where asked, with any isolation. No
 * value is written anywhere before it is masked. A failure leaves nothing; after a crash in the middle `repair` removes what was made.
 *
 * @throws {MasksIncompleteError} when no rule names a column that could hold texts of people.
 * @throws {CloneRefusedError} when rules do not fit the tables, or rows do not fit the clone.
 * @throws {ExportRefusedError} as {@link exportTenant}.
 * @throws {TenantConflictError} when the slug is taken.
 */
export async function cloneTenant(
  fleet: Fleet,
  from: Tenant,
  options: CloneOptions,
  { by, onStep, contents, ...control }: NewTenantControl & ContentsOptions = {},
): Promise<ImportReport> {
  const { masks, strict, sample, seed, expiresAt, ...given } = parseOptions(
    'cloneTenant',
    cloneSchema,
    options,
  );
  requireOutside();
  const rows = { masks, strict, sample, seed };
  const personal = masks ? { name: given.slug, metadata: {} } : {};
  return withRowsOf(fleet, from, control.signal, async (source) => {
    requireMigrated(fleet, from, given.isolation, source);
    // No mask changes what is in a file: with masks contents stay behind, unless they are asked for.
    const isCopied = contents ?? masks === undefined;
    const copy = new ContentCopy(from, fleet.deployment.companions, source.head, isCopied);
    const { plan, rows: chosen } = await prepare(source, rows, control.signal, copy);
    const origin = { source: from, expiresAt, detail: detailOf(from, plan, rows) };
    try {
      const all = { ...control, by, onStep };
      return await createTenantFrom(fleet, chosen, { ...personal, ...given }, all, { origin, copy });
    } catch (error) {
      throw masks ? withoutValues(error) : error;
    }
  });
}

/** What {@link cloneTenant} would do with each table and column, and how many rows it would take. Nothing is made. */
export async function planClone(
  fleet: Pick<Fleet, 'deployment'>,
  from: Tenant,
  options: CloneRows = {},
  { signal }: Pick<TransferControl, 'signal'> = {},
): Promise<ClonePlan> {
  const rows = parseOptions('planClone', rowsSchema, options);
  requireOutside();
  return withRowsOf(fleet, from, signal, async (source) => {
    const { plan, countOf } = await prepare(source, rows, signal);
    const tables: ClonePlan['tables'][number][] = [];
    for (const [index, { name, columns }] of plan.entries())
      tables.push({
        name,
        rows: await countOf(index),
        columns: columns.map(({ name, type, rule }) => ({ name, type, rule })),
      });
    return { tables, rows: tables.reduce((sum, table) => sum + table.rows, 0) };
  });
}

/** A file of rules for the columns of a tenant that need one, guessed by their names: to be read and changed before it is used. */
export async function suggestMasks(fleet: Pick<Fleet, 'deployment'>, from: Tenant): Promise<string> {
  requireOutside();
  return withRowsOf(fleet, from, undefined, async ({ client, tables }) =>
    masksFileFor((await factsOf(client, tables)).tables),
  );
}

interface Prepared {
  readonly plan: readonly TablePlan[];
  readonly rows: RowSource;
  /** How many rows of a table are taken. */
  countOf(table: number): Promise<number>;
}

async function prepare(
  source: TenantSource,
  { masks, strict, sample, seed = randomBytes(32).toString('hex') }: ParsedRows,
  signal: AbortSignal | undefined,
  copy?: ContentCopy,
): Promise<Prepared> {
  await source.requireCarried();
  const facts = await factsOf(source.client, source.tables);
  const plan = await planMasks(facts, { masks: masks ?? {}, strict: strict && masks !== undefined, seed });
  const noted = (rows: RowSource) => copy?.noting(rows) ?? rows;
  if (!sample)
    return { plan, rows: masked(noted(source), plan), countOf: (table) => countRows(source, table) };
  const chosen = await sampled(
    source,
    await planSample(source.client, source.tables, facts, sample, seed),
    signal,
  );
  return { plan, rows: masked(noted(chosen), plan), countOf: chosen.countOf };
}

async function countRows({ client, tables }: TenantSource, table: number): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select pg_catalog.count(*) as count from ${sourceOf(tables[table] as TenantSource['tables'][number])}`,
  );
  return Number(rows[0]?.count);
}

/** For the event and the audit trail: names of rules, and neither values nor the seed. */
function detailOf({ id, slug }: Tenant, plan: readonly TablePlan[], { masks, sample }: ParsedRows) {
  const rules = plan.flatMap(({ name, columns }) =>
    columns.flatMap((column) => (column.rule ? [[`${name}.${column.name}`, column.rule] as const] : [])),
  );
  return {
    clonedFrom: { id, slug },
    ...(masks && { masks: Object.fromEntries(rules) }),
    ...(sample && { sample }),
  };
}

function requireOutside(): void {
  if (TenantContext.entry())
    throw new CloneRefusedError("Under an operator's entry into a tenant, no tenant is cloned.");
}

/**
 * Tables of row tenants are the same for the clone: while they are read nothing migrates them.
 *
 * @throws {CloneRefusedError}
 */
function requireMigrated(
  { migrations }: Fleet,
  from: Tenant,
  isolation: Tenant['isolation'] = from.isolation,
  { head }: RowSource,
): void {
  if (from.isolation !== 'row' || isolation !== 'row') return;
  const missing = migrations.namesFor('row').filter((name) => !head.history.includes(name));
  if (missing.length > 0)
    throw new CloneRefusedError(
      `The tables of row tenants lack migrations of this release: ${missing.join(', ')}. Run them first (rowhouse migration run).`,
    );
}

/** Of rows that were refused, and of what functions raise (manual, appendix A, class P0), the messages have values. */
function withoutValues(error: unknown): unknown {
  const failed = error instanceof ImportRefusedError && error.cause ? error.cause : error;
  if (!isRowMisfit(failed) && !sqlStateOf(failed)?.startsWith('P0')) return error;
  const { table, column, constraint } = failed as { table?: string; column?: string; constraint?: string };
  const where = [
    table && `table ${table}`,
    column && `column ${column}`,
    constraint && `constraint ${constraint}`,
  ];
  return new CloneRefusedError(
    `The masked rows do not fit: ${where.filter(Boolean).join(', ') || 'a value'} (SQLSTATE ${sqlStateOf(failed)}). Change the rules of its columns.`,
  );
}
