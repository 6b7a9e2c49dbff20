import { Column, CreateDateColumn, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm';
import { Agent } from '../agents/agent.entity.js';
import { Comment } from './comment.entity.js';

@Entity('tickets')
export class Ticket {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  subject!: string;

  @Column({ type: 'enum', enum: ['open', 'closed'], default: 'open' })
  state!: 'open' | 'closed';

  @CreateDateColumn({ type: 'timestamptz' })
  openedAt!: Date;

  @ManyToOne(
    () => Agent,
    (agent) => agent.tickets,
    { lazy: true, nullable: true },
  )
  assignee!: Promise<Agent | null>;

  @OneToMany(
    () => Comment,
    (comment) => comment.ticket,
    { eager: true, cascade: true },
  )
  comments!: Comment[];
}
