import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row with a key that every tenant has as well, to be upserted. */
@Entity('counters')
export class Counter {
  @PrimaryColumn() key!: string;
  @Column() value!: number;
  @Column() text!: string;
}
