import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A card on the board of a team. An ordinary entity: it knows nothing of teams. */
@ObjectType()
@Entity('cards')
export class Card {
  @Field(() => Int)
  @PrimaryGeneratedColumn()
  id!: number;

  @Field()
  @Column({ type: 'text' })
  title!: string;

  /** Of the board. */
  @Field()
  @Column({ type: 'text', default: 'todo' })
  column!: string;
}
