import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row with a key that every tenant has, for upserts. */
@Entity('counters')
export class Counter {
  @PrimaryColumn() key!: string;
  @Column() value!: number;
  @Column() text!: string;
}
