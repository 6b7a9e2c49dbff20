import { Column, ManyToOne, OneToMany, type Relation, UpdateDateColumn } from 'typeorm';
import { TenantEntity, TenantUnique } from '../rows/index.js';
import { CreatedBy, UpdatedBy } from './changed-by.js';
import { UuidV7PrimaryColumn } from './uuid-v7-primary-column.js';

/** What entities inherit. */
abstract class Tracked {
  @UuidV7PrimaryColumn() id!: string;
  @CreatedBy({ name: 'created_by' }) createdBy!: string | null;
  @UpdatedBy({ name: 'updated_by' }) updatedBy!: string | null;
}

/** What entities embed. */
class Users {
  @CreatedBy({ of: 'user', type: 'uuid' }) creator!: string | null;
  @UpdatedBy({ of: 'user', type: 'uuid' }) editor!: string | null;
}

@TenantEntity('tickets')
@TenantUnique('number')
export class Ticket extends Tracked {
  @Column('int') number!: number;
  @Column('text', { default: '' }) text!: string;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
  @Column(() => Users) users!: Users;
  @OneToMany(
    () => Comment,
    (comment) => comment.ticket,
    { cascade: true },
  )
  comments!: Relation<Comment[]>;
}

@TenantEntity('comments')
export class Comment extends Tracked {
  @Column('text') text!: string;
  @ManyToOne(
    () => Ticket,
    (ticket) => ticket.comments,
  )
  ticket!: Relation<Ticket>;
}

export const entities = [Ticket, Comment];
