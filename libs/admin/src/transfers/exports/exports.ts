import { randomBytes } from 'node:crypto';
import type { Actor, Catalog, Tenant } from '@rowhouse/core';
import { auditStatement, runEach, type ScriptStatement } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { ArchiveFiles, StoredFile } from '../archive-files.js';
import { DownloadLinkInvalidError, ExportNotFoundError } from '../transfer-errors.js';
import { isValidLink, type SignedLink, signLink } from './download-link.js';

/** An archive of a tenant that is kept for some time. */
export interface Export {
  readonly id: string;
  /** The tenant may be purged. */
  readonly tenantId: string;
  readonly slug: string;
  readonly sizeBytes: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  readonly rows: number;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly createdBy: Actor | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface ExportListing {
  readonly limit: number;
  /** The archive that the page before ended with: when it was made, and its id. */
  readonly after?: readonly [createdAt: string, id: string] | undefined;
  readonly tenantId?: string | undefined;
}

const COLUMNS = `e.id, e.tenant_id as "tenantId", e.slug, e.size_bytes::float8 as "sizeBytes", pg_catalog.encode(e.sha256, 'hex') as sha256,
  e.tables, (select coalesce(sum((t ->> 'rows')::float8), 0) from pg_catalog.jsonb_array_elements(e.tables) t) as rows,
  e.created_by as "createdBy", e.created_at as "createdAt", e.expires_at as "expiresAt"`;

const LINK_KEY_BYTES = 32;
/** A file that nothing refers to may be about to be referred to. */
const STRAY_AFTER_MS = 3_600_000;

/** The archives that are kept: what the catalog knows of them, and their files. */
export class Exports {
  readonly #catalog: Catalog;
  readonly #files: ArchiveFiles;
  readonly #keepDays: number;

  constructor(catalog: Catalog, files: ArchiveFiles, keepDays: number) {
    this.#catalog = catalog;
    this.#files = files;
    this.#keepDays = keepDays;
  }

  /** Keeps an archive whose file is there. One that is kept already stays as it is. */
  async keep(
    id: string,
    tenant: Tenant,
    { sizeBytes, sha256 }: StoredFile,
    tables: Export['tables'],
    by: Actor | undefined,
  ): Promise<Export> {
    return this.#catalog.transaction(async (client) => {
      const { rowCount } = await client.query(
        `insert into rowhouse.exports (id, tenant_id, slug, size_bytes, sha256, tables, link_key, created_by, expires_at)
           values ($1, $2, $3, $4, pg_catalog.decode($5, 'hex'), $6, $7, $8, pg_catalog.now() + $9 * interval '1 day')
           on conflict do nothing`,
        [
          id,
          tenant.id,
          tenant.slug,
          sizeBytes,
          sha256,
          JSON.stringify(tables),
          randomBytes(LINK_KEY_BYTES),
          by ? JSON.stringify(by) : null,
          this.#keepDays,
        ],
      );
      const kept = await read(client, id);
      if (rowCount === 1) await runEach(client, [audit('export.created', kept, by)]);
      return kept;
    });
  }

  /** @throws {ExportNotFoundError} also for one that has expired. */
  find(id: string): Promise<Export> {
    return read(this.#catalog, id);
  }

  /** Latest first. */
  async list({ limit, after, tenantId }: ExportListing): Promise<readonly Export[]> {
    const { rows } = await this.#catalog.query<Export>(
      `select ${COLUMNS} from rowhouse.exports e
        where e.expires_at > pg_catalog.now() and ($4::uuid is null or e.tenant_id = $4)
          and ($2::timestamptz is null or (e.created_at, e.id) < ($2, $3::uuid))
        order by e.created_at desc, e.id desc limit $1`,
      [limit, after?.[0] ?? null, after?.[1] ?? null, tenantId ?? null],
    );
    return rows;
  }

  /** Records that somebody reads the file. */
  async noteDownload(found: Export, by: Actor): Promise<void> {
    await this.#catalog.run([audit('export.downloaded', found, by)]);
  }

  /** @throws {ExportNotFoundError} */
  async link(id: string, minutes: number, by: Actor): Promise<SignedLink> {
    const found = await this.find(id);
    const expires = Math.floor(Date.now() / 1_000) + minutes * 60;
    const link = signLink(id, expires, await this.#linkKeyOf(id));
    await this.#catalog.run([audit('export.linked', found, by)]);
    return link;
  }

  /** @throws {DownloadLinkInvalidError} */
  async requireLink(id: string, link: SignedLink): Promise<void> {
    const key = z.guid().safeParse(id).success ? await this.#linkKeyOf(id).catch(() => undefined) : undefined;
    if (!key || !isValidLink(id, link, key)) throw new DownloadLinkInvalidError();
  }

  /** Removes an archive, and with it its links. @throws {ExportNotFoundError} */
  async remove(id: string, by: Actor | undefined): Promise<void> {
    await this.#catalog.transaction(async (client) => {
      const found = await read(client, id);
      await client.query('delete from rowhouse.exports where id = $1', [id]);
      await runEach(client, [audit('export.removed', found, by)]);
    });
    await this.#files.remove('export', id);
  }

  /** Removes archives that have expired, and files that processes which died have left. */
  async clean(): Promise<void> {
    const { rows } = await this.#catalog.query<{ id: string }>(
      'delete from rowhouse.exports where expires_at <= pg_catalog.now() returning id',
    );
    for (const { id } of rows) await this.#files.remove('export', id);
    await this.#files.sweep(STRAY_AFTER_MS, (ids) => this.#wanted(ids));
  }

  async #wanted(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.#catalog.query<{ id: string }>(
      `select id from rowhouse.exports where id = any($1)
        union select id from rowhouse.operations where id = any($1) and state = 'running'
        union select part from rowhouse.uploads u, pg_catalog.unnest(u.parts) part where part = any($1)`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async #linkKeyOf(id: string): Promise<Buffer> {
    const { rows } = await this.#catalog.query<{ key: Buffer }>(
      'select link_key as key from rowhouse.exports where id = $1 and expires_at > pg_catalog.now()',
      [id],
    );
    if (!rows[0]) throw new ExportNotFoundError();
    return rows[0].key;
  }
}

async function read(source: Pick<Catalog, 'query'>, id: string): Promise<Export> {
  const isId = z.guid().safeParse(id).success;
  const { rows } = isId
    ? await source.query<Export>(
        `select ${COLUMNS} from rowhouse.exports e where e.id = $1 and e.expires_at > pg_catalog.now()`,
        [id],
      )
    : { rows: [] };
  if (!rows[0]) throw new ExportNotFoundError();
  return rows[0];
}

function audit(action: string, { id, tenantId, ...after }: Export, by: Actor | undefined): ScriptStatement {
  const { slug, sizeBytes, sha256, rows } = after;
  return auditStatement({ action, tenantId, target: id, after: { slug, sizeBytes, sha256, rows }, by });
}
