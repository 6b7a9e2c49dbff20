import { CreatedBy, TenantEntity, TenantUnique, UuidV7PrimaryColumn } from '@rowhouse/typeorm';
import { Column, CreateDateColumn } from 'typeorm';

/** An uploaded text that the team finds again. */
@TenantEntity('documents')
@TenantUnique('fileId')
export class Document {
  @UuidV7PrimaryColumn() id!: string;

  @Column({ type: 'text' }) title!: string;

  /** Of `tenant_files`. */
  @Column({ type: 'uuid', name: 'file_id' }) fileId!: string;

  @CreatedBy({ of: 'user', name: 'created_by' }) createdBy!: string | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' }) createdAt!: Date;
}
