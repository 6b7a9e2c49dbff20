import type { ReplicaOptions, Tenant } from '@rowhouse/core';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('notes')
export class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') text!: string;
}

/** What `notes-server.ts` is given, as JSON. */
export interface NotesServerSettings {
  readonly platform: 'express' | 'fastify';
  readonly url: string;
  readonly loginUrl: string;
  readonly replicaUrl: string;
  readonly replicas: ReplicaOptions;
  readonly tenants: readonly Tenant[];
  readonly secret: string | readonly string[];
}
