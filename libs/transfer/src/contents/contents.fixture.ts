import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Tenant, TenantCompanion } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { migration, wall } from '../transfer.fixture.js';

export const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Rows that name content, and rows that refer to them. */
export const PAPERS = migration('Papers1757000000001', [
  'create table folders (id int primary key)',
  `create table papers (id uuid primary key, title text, size_bytes bigint, sha256 text,
     folder int references folders)`,
  ...wall('papers'),
  ...wall('folders'),
]);

/** Content of tenants in memory. */
export class Papers implements TenantCompanion {
  readonly name = 'papers';
  readonly table = 'papers';
  readonly columns = ['id', 'title', 'size_bytes', 'sha256'];
  /** By tenant and id. */
  readonly kept = new Map<string, Buffer>();
  /** Fails the write of so many more contents. */
  failAfter = Number.POSITIVE_INFINITY;
  failRemove = false;

  contentOf(row: Readonly<Record<string, string | null>>) {
    const { sha256 } = row;
    return sha256 ? { sizeBytes: Number(row['size_bytes']), sha256 } : undefined;
  }

  async read({ id }: Tenant, row: Readonly<Record<string, string | null>>) {
    const content = this.kept.get(`${id}/${row['id']}`);
    return content && Readable.from([content.subarray(0, 3), content.subarray(3)]);
  }

  async write(
    { id }: Tenant,
    row: Readonly<Record<string, string | null>>,
    _expected: unknown,
    content: Readable,
  ) {
    const bytes = await buffer(content);
    if (this.failAfter === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    this.failAfter -= 1;
    this.kept.set(`${id}/${row['id']}`, bytes);
  }

  async removeContent({ id }: Tenant, row: Readonly<Record<string, string | null>>) {
    this.kept.delete(`${id}/${row['id']}`);
  }

  async count(tenant: Pick<Tenant, 'id'>) {
    const found = this.of(tenant);
    return { objects: found.length, bytes: found.reduce((sum, [, { length }]) => sum + length, 0) };
  }

  async remove({ id }: Tenant) {
    if (this.failRemove) throw new Error('The store is away.');
    for (const key of this.kept.keys()) if (key.startsWith(id)) this.kept.delete(key);
  }

  /** What is kept of a tenant. */
  of({ id }: Pick<Tenant, 'id'>): readonly (readonly [string, Buffer])[] {
    return [...this.kept].filter(([key]) => key.startsWith(id)).sort();
  }

  /** Adds a row with its content. */
  async add(fleet: Fleet, tenant: Tenant, content: string, folder?: number): Promise<string> {
    const [id, bytes] = [randomUUID(), Buffer.from(content)];
    this.kept.set(`${tenant.id}/${id}`, bytes);
    await fleet.deployment.registry
      .for(tenant)
      .query('insert into papers (id, title, size_bytes, sha256, folder) values ($1, $2, $3, $4, $5)', [
        id,
        `Title of ${content}`,
        bytes.length,
        sha256(bytes),
        folder ?? null,
      ]);
    return id;
  }
}
