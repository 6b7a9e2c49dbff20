import { Column, Entity, OneToMany, PrimaryGeneratedColumn } from 'typeorm';
import { Ticket } from '../tickets/ticket.entity.js';

@Entity('agents')
export class Agent {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ unique: true })
  email!: string;

  @OneToMany(
    () => Ticket,
    (ticket) => ticket.assignee,
  )
  tickets!: Promise<Ticket[]>;
}
