import { TenantEntity, TenantIndex } from '@rowhouse/typeorm';
import { Column, PrimaryColumn } from 'typeorm';
import { EncryptedColumns } from './encrypted-columns.js';

/**
 * - `connected`: it has tokens, which are refreshed when they are asked for.
 * - `needs_reconnect`: the provider takes its tokens no more. A user has to connect it again.
 * - `removing`: its tokens are being revoked, then this row is removed.
 */
export const INTEGRATION_STATES = ['connected', 'needs_reconnect', 'removing'] as const;
export type IntegrationState = (typeof INTEGRATION_STATES)[number];

/** A connection of a tenant with a provider. Its tokens are encrypted. */
@TenantEntity('tenant_integrations')
@TenantIndex('createdAt', 'id')
export class TenantIntegration extends EncryptedColumns {
  @PrimaryColumn({ type: 'uuid' }) id!: string;

  @Column({ type: 'text' }) provider!: string;

  /** Whose account it is, where the provider says so. */
  @Column({ type: 'text', nullable: true }) account!: string | null;

  /** What the provider has granted, separated by spaces. */
  @Column({ type: 'text' }) scope!: string;

  @Column({ type: 'text' }) state!: IntegrationState;

  /** Of the access token; `null` where the provider does not say. */
  @Column({ type: 'timestamptz', precision: 3, name: 'expires_at', nullable: true }) expiresAt!: Date | null;

  /** Counts the tokens that it has had. */
  @Column({ type: 'int' }) version!: number;

  /** Who has connected it: `user:42`. */
  @Column({ type: 'text', name: 'created_by' }) createdBy!: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at' }) createdAt!: Date;

  /** Who refreshes or removes it: one at a time. */
  @Column({ type: 'uuid', nullable: true }) claim!: string | null;

  /** Until then nobody else does. */
  @Column({ type: 'timestamptz', precision: 3, name: 'claimed_until', nullable: true })
  claimedUntil!: Date | null;
}
