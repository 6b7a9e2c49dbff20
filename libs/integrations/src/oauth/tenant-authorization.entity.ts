import { TenantEntity } from '@rowhouse/typeorm';
import { Column, PrimaryColumn } from 'typeorm';
import { EncryptedColumns } from '../encrypted-columns.js';

/** A connection that is being made: a user was sent to a provider, and has not come back. Encrypted is what the provider's answer is checked by. */
@TenantEntity('tenant_authorizations')
export class TenantAuthorization extends EncryptedColumns {
  @PrimaryColumn({ type: 'uuid' }) id!: string;

  @Column({ type: 'text' }) provider!: string;

  /** Who has begun it, and alone may end it: `user:42`. */
  @Column({ type: 'text' }) actor!: string;

  /** A path of the app. */
  @Column({ type: 'text', name: 'return_to' }) returnTo!: string;

  /** The connection that is connected again; `null` for a new one. */
  @Column({ type: 'uuid', name: 'integration_id', nullable: true }) integrationId!: string | null;

  @Column({ type: 'timestamptz', precision: 3, name: 'expires_at' }) expiresAt!: Date;
}
