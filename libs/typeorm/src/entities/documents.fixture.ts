import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { TenantEntity } from '../rows/index.js';

@TenantEntity('folders')
export class Folder {
  @PrimaryGeneratedColumn('identity') id!: number;
  @Column() name!: string;
  @OneToMany(
    () => Document,
    (document) => document.folder,
  )
  documents!: Relation<Document[]>;
}

@TenantEntity('documents')
export class Document {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ name: 'the_title' }) title!: string;
  @Column('text', { nullable: true }) body!: string | null;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt!: Date;
  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' }) updatedAt!: Date;
  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' }) deletedAt!: Date | null;
  @VersionColumn({ name: 'the_version' }) version!: number;
  @ManyToOne(
    () => Folder,
    (folder) => folder.documents,
    { nullable: true },
  )
  @JoinColumn({ name: 'folder_id' })
  folder!: Relation<Folder> | null;
}

/** Its name is unique among those that are not deleted. */
@TenantEntity('labels')
@Index(['tenantId', 'name'], { unique: true, where: 'deleted_at is null' })
export class Label {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column() name!: string;
  @Column({ default: '' }) colour!: string;
  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' }) deletedAt!: Date | null;
}

export const entities = [Folder, Document, Label];
