import { Column, Entity, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Ticket } from './ticket.entity.js';

@Entity('comments')
export class Comment {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  text!: string;

  @ManyToOne(
    () => Ticket,
    (ticket) => ticket.comments,
    { onDelete: 'CASCADE' },
  )
  ticket!: Relation<Ticket>;
}
