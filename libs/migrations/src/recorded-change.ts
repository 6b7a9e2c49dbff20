import type { ScriptStatement, SqlReader } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { QueryRunner } from 'typeorm';
import { HistoryTables } from './history-tables.js';
import type { Migration } from './migration-set.js';
import { type Query, type WatchedStatement, watch } from './migration-watch.js';
import { inScratchHome, type ScratchHome, withoutScratchSchema } from './scratch-home.js';
import { tieOf } from './ties.js';

/** Stands in a script for the name of the schema it is run in. */
export const HOME_SCHEMA = Symbol('the schema of the home');

/** What one migration did in a scratch home. */
export interface RecordedMigration {
  readonly migration: Migration;
  /** Its statements, as they may be run in any home with the same history. */
  readonly script: readonly ScriptStatement[];
  /** Why its class must be asked again for each home; `undefined` when the script does the same. */
  readonly tie: string | undefined;
}

/** What a change of the schema is, as it was seen in scratch homes. */
export interface RecordedChange {
  /** Makes what TypeORM keeps for itself: the table of migrations, and of metadata where the entities need one. */
  readonly prelude: readonly ScriptStatement[];
  readonly migrations: readonly RecordedMigration[];
}

export interface ChangeRequest {
  /** What the homes have had. */
  readonly base: readonly Migration[];
  readonly direction: 'up' | 'down';
  /** What shall be run, in this order. */
  readonly migrations: readonly Migration[];
}

/**
 * Runs migrations in scratch homes and records their statements, so that other homes can be given the same in one round
 * trip. It is done twice, in two homes: what differs depends on the clock, on chance or on the home, and is tied to the
 * class.
 */
export async function recordChange(
  registry: DataSourceRegistry,
  reader: SqlReader,
  request: ChangeRequest,
): Promise<RecordedChange> {
  const record = () => inScratchHome(registry, (scratch) => new Recorder(scratch, reader).record(request));
  const [first, second] = [await record(), await record()];
  return {
    prelude: first.prelude,
    migrations: first.migrations.map((recorded, index) => {
      const again = second.migrations[index];
      if (recorded.tie || (again && isSame(recorded.script, again.script))) return recorded;
      return { ...recorded, tie: again?.tie ?? 'it does not do the same in each home or at each time' };
    }),
  };
}

function isSame(one: readonly ScriptStatement[], other: readonly ScriptStatement[]): boolean {
  const toText = (script: readonly ScriptStatement[]) =>
    JSON.stringify(script, (_key, value: unknown) =>
      typeof value === 'symbol' || typeof value === 'bigint' ? String(value) : value,
    );
  return toText(one) === toText(other);
}

/** Statements that run as well, on an empty table, without the word that keeps them out of transactions. */
const CONCURRENTLY = /\b(index|table|schema|database)\s+concurrently\b|\(\s*concurrently\s*\)/i;

class Recorder {
  readonly #scratch: ScratchHome;
  readonly #reader: SqlReader;

  constructor(scratch: ScratchHome, reader: SqlReader) {
    this.#scratch = scratch;
    this.#reader = reader;
  }

  async record({ base, direction, migrations }: ChangeRequest): Promise<RecordedChange> {
    const { runner, dataSource, tenant } = this.#scratch;
    const tables = new HistoryTables(dataSource, tenant.schema);
    const prelude = await this.#watch(false, () => tables.make(runner, { isShared: false }));
    for (const { instance, runsAlone } of base) await this.#watch(runsAlone, () => instance.up(runner));

    const recorded: RecordedMigration[] = [];
    let broken: string | undefined;
    for (const migration of migrations) {
      if (broken !== undefined) {
        recorded.push({ migration, script: [], tie: broken });
        continue;
      }
      try {
        const statements = await this.#watch(migration.runsAlone, () =>
          direction === 'up' ? migration.instance.up(runner) : migration.instance.down(runner),
        );
        const tie = await tieOf(statements, runner, dataSource.metadataTableName);
        recorded.push({ migration, script: this.#scriptOf(statements), tie });
      } catch (error) {
        broken = `in an empty home it failed: ${error instanceof Error ? error.message : String(error)}`;
        recorded.push({ migration, script: [], tie: broken });
      }
    }
    return { prelude: this.#scriptOf(prelude), migrations: recorded };
  }

  async #watch(runsAlone: boolean, work: () => Promise<unknown>): Promise<readonly WatchedStatement[]> {
    const { runner, tenant } = this.#scratch;
    const statements: WatchedStatement[] = [];
    const query = runner.query;
    if (runsAlone) runner.query = withoutConcurrently(runner);
    const end = watch(runner, {
      reader: this.#reader,
      kind: 'schema',
      schema: tenant.schema,
      runsAlone,
      onStatement: (statement) => statements.push(statement),
    });
    try {
      await work();
    } finally {
      end();
      runner.query = query;
    }
    return statements;
  }

  /** Without what was only read, and without savepoints: a script is undone as a whole. */
  #scriptOf(statements: readonly WatchedStatement[]): ScriptStatement[] {
    const { tenant } = this.#scratch;
    return statements
      .filter((statement) => !isRead(statement) && !isSavepoint(statement))
      .map(({ text, values, facts }) => ({
        text: withoutScratchSchema(
          facts?.some((fact) => fact.isConcurrent) ? inTransaction(text) : text,
          tenant,
        ),
        values: values?.map((value) => (value === tenant.schema ? HOME_SCHEMA : value)),
      }));
  }
}

function isRead({ facts, isLookedAt }: WatchedStatement): boolean {
  return isLookedAt() && facts?.every(({ kind }) => kind === 'SelectStmt') === true;
}

function isSavepoint({ facts }: WatchedStatement): boolean {
  return facts?.every(({ transaction }) => transaction !== undefined) === true;
}

function inTransaction(text: string): string {
  return text.replace(CONCURRENTLY, (match, noun?: string) => noun ?? match.replace(/\(.*\)/s, ''));
}

export function withoutConcurrently(runner: QueryRunner): QueryRunner['query'] {
  const query: Query = runner.query;
  const adapted: Query = function adapted(text, values, structured) {
    return query.call(this, inTransaction(text), values, structured);
  };
  return adapted as QueryRunner['query'];
}

/** A script for one home. */
export function scriptFor(
  script: readonly ScriptStatement[],
  { schema }: { readonly schema: string },
): readonly ScriptStatement[] {
  return script.map(({ text, values }) => ({
    text,
    values: values?.map((value) => (value === HOME_SCHEMA ? schema : value)),
  }));
}
