import { TenantEntity, TenantIndex } from '@rowhouse/typeorm';
import { Column, PrimaryColumn } from 'typeorm';

/**
 * - `pending`: an upload was signed. Whether it was made, nobody knows yet.
 * - `checking`: somebody has claimed the upload, moves it to its place and reads it.
 * - `scanning`: it is what it was announced as, and waits for the virus scanner.
 * - `ready`: it is served.
 * - `quarantined`: the scanner has found something. It is kept, and never served.
 * - `rejected`: it is not what it was announced as. Its content is removed.
 * - `purging`: its content is being removed, then this row.
 */
export const FILE_STATES = [
  'pending',
  'checking',
  'scanning',
  'ready',
  'quarantined',
  'rejected',
  'purging',
] as const;
export type FileState = (typeof FILE_STATES)[number];

/** PostgreSQL's `bigint` reaches JavaScript as text. */
const asNumber = { to: (value: number) => value, from: (value: string) => Number(value) };

/** What is known of a file: a row in its tenant's home. Where its content is follows from it, see `keyOf`. */
@TenantEntity('tenant_files')
@TenantIndex('createdAt', 'id')
export class TenantFile {
  @PrimaryColumn({ type: 'uuid' }) id!: string;

  /** The part of the app that it belongs to, such as `invoices`. */
  @Column({ type: 'text' }) module!: string;

  /** As people see it, without folders and control characters. */
  @Column({ type: 'text' }) name!: string;

  @Column({ type: 'text', name: 'content_type' }) contentType!: string;

  @Column({ type: 'bigint', name: 'size_bytes', transformer: asNumber }) sizeBytes!: number;

  @Column({ type: 'text', nullable: true }) description!: string | null;

  @Column({ type: 'text' }) state!: FileState;

  /** Why it is `rejected` or `quarantined`. */
  @Column({ type: 'text', nullable: true }) reason!: string | null;

  /** Of the content, in hexadecimal digits; from `scanning` and `ready` on. */
  @Column({ type: 'text', nullable: true }) sha256!: string | null;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at' }) createdAt!: Date;

  /** Until then its upload is taken. */
  @Column({ type: 'timestamptz', precision: 3, name: 'upload_expires_at' }) uploadExpiresAt!: Date;

  /** Who checks it: one at a time settles a file. */
  @Column({ type: 'uuid', nullable: true }) claim!: string | null;

  /** Until then nobody else checks it. */
  @Column({ type: 'timestamptz', precision: 3, name: 'claimed_until', nullable: true })
  claimedUntil!: Date | null;

  @Column({ type: 'timestamptz', precision: 3, name: 'deleted_at', nullable: true }) deletedAt!: Date | null;
}
