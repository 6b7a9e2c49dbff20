import type { Readable } from 'node:stream';
import type { CompanionContent, CompanionRow, Tenant, TenantCompanion } from '@rowhouse/core';
import type { FleetDeployment } from '@rowhouse/migrations/internal';
import pg from 'pg';
import { TransferRefusedError } from '../errors.js';
import { type Client, type HomeTable, sourceOf } from '../home/tables.js';
import type { MergedTable } from '../merge/merge-table.js';
import { actingFor, ownRows } from '../merge/own-rows.js';
import { companionRows } from './companions-of.js';
import { ContentsCount, type ContentsReport } from './contents-report.js';
import { isWritten } from './copy-contents.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;
const BATCH = 500;

interface Carried {
  readonly companion: TenantCompanion;
  readonly row: CompanionRow;
}

/**
 * The contents of rows that go to a tenant which is there. They are written before the rows are committed, and nothing is written where the
 * tenant has a row already. What a process that dies leaves, on either side, belongs to no row: the clean-up of the store removes it.
 */
export class CarriedContents {
  readonly #deployment: FleetDeployment;
  readonly #to: Tenant;
  readonly #counts = new Map<string, ContentsCount>();
  /** Rows whose contents were written. */
  readonly #written: Carried[] = [];
  /** Rows of the source that name contents, whether they were written or the target had them. */
  readonly #taken: Carried[] = [];

  constructor(
    deployment: FleetDeployment,
    readonly companions: readonly TenantCompanion[],
    to: Tenant,
  ) {
    this.#deployment = deployment;
    this.#to = to;
    for (const { name } of companions) this.#counts.set(name, new ContentsCount(name));
  }

  get reports(): readonly ContentsReport[] {
    return [...this.#counts.values()].map(({ report }) => report);
  }

  /**
   * Copies the contents that rows of another tenant name.
   *
   * @param source - a connection that sees the rows, and nobody changes them until they are committed elsewhere.
   * @param target - a connection of the owner of the target's tables.
   */
  async copy(
    from: Tenant,
    tables: readonly { readonly source: HomeTable; readonly target: HomeTable }[],
    source: Client,
    target: Client,
  ): Promise<void> {
    for (const companion of this.companions) {
      const found = tables.find((one) => one.source.name === companion.table);
      if (!found) continue;
      const where = ownRows(from, 's');
      for await (const row of companionRows(source, companion, found.source, { where })) {
        const expected = companion.contentOf(row);
        if (!expected) continue;
        this.#taken.push({ companion, row });
        if (await this.#isThere(target, found.target, row)) continue;
        const content = await companion.read(from, row);
        if (!content) this.#count(companion).missing += 1;
        else await this.#write(companion, row, expected, content);
      }
    }
  }

  /** Writes a content, unless the target has its row. @param target - as of {@link copy}. @returns whether it was written. */
  async write(
    target: Client,
    table: HomeTable,
    companion: TenantCompanion,
    row: CompanionRow,
    expected: CompanionContent,
    content: Readable,
  ): Promise<boolean> {
    if (await this.#isThere(target, table, row)) {
      for await (const _ of content);
      return false;
    }
    this.#written.push({ companion, row });
    await companion.write(this.#to, row, expected, content);
    this.#count(companion).add(expected.sizeBytes);
    return true;
  }

  async #write(
    companion: TenantCompanion,
    row: CompanionRow,
    expected: CompanionContent,
    content: Readable,
  ): Promise<void> {
    this.#written.push({ companion, row });
    const count = this.#count(companion);
    if (await isWritten(companion, this.#to, row, expected, content)) count.add(expected.sizeBytes);
    else count.missing += 1;
  }

  #count({ name }: TenantCompanion): ContentsCount {
    return this.#counts.get(name) as ContentsCount;
  }

  async #isThere(target: Client, table: HomeTable, row: CompanionRow): Promise<boolean> {
    const { rows } = await actingFor(target, this.#to).query(
      `select 1 from ${sourceOf(table)} t where ${ownRows(this.#to, 't')} and t.${quote('id')} = ${literal(row['id'] ?? '')}`,
    );
    return rows.length > 0;
  }

  /**
   * Contents follow the keys of rows.
   *
   * @throws {TransferRefusedError} when rows that name some have new keys.
   */
  requireKeysKept(merged: readonly MergedTable[]): void {
    for (const { name, table } of this.companions)
      if (merged.some((one) => one.name === table && one.remapped > 0))
        throw new TransferRefusedError(
          `Rows of ${table} would get new keys, and their ${name} are kept by these. Leave the table out (tables, --table), or choose something else than remap. Nothing was changed.`,
        );
  }

  /** Nothing was committed: what was written is removed. */
  async undo(): Promise<void> {
    await this.#removeUnnamed(this.#to, this.#written).catch(() => {
      // The clean-up of the store finds it.
    });
  }

  /** The rows were moved away: what none names any more at the source is removed. */
  async removeAt(from: Tenant): Promise<void> {
    await this.#removeUnnamed(from, this.#taken).catch(() => {
      // The clean-up of the store finds it.
    });
  }

  async #removeUnnamed(tenant: Tenant, carried: readonly Carried[]): Promise<void> {
    const registry = this.#deployment.registry.for(tenant);
    for (let at = 0; at < carried.length; at += BATCH) {
      const some = carried.slice(at, at + BATCH);
      for (const companion of this.companions) {
        const rows = some.filter((one) => one.companion === companion).map(({ row }) => row);
        const named: { id: string }[] = await registry.query(
          `select id from ${quote(companion.table)} where id = any ($1)`,
          [rows.map(({ id }) => id)],
        );
        const kept = new Set(named.map(({ id }) => id));
        for (const row of rows) if (!kept.has(row['id'] ?? '')) await companion.removeContent(tenant, row);
      }
    }
  }
}
