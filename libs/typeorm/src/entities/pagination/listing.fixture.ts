import { Column, Index, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { TenantEntity, TenantIndex } from '../../rows/index.js';

@TenantEntity('makers')
export class Maker {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
}

@TenantEntity('things')
@Index(['madeAt', 'id'])
@TenantIndex('madeAt', 'id')
export class Thing {
  @PrimaryColumn('int') id!: number;
  @Column({ type: 'text', nullable: true, collation: 'und-x-icu' }) label!: string | null;
  @Column('timestamptz', { name: 'made_at' }) madeAt!: Date;
  @Column('numeric', { nullable: true }) price!: string | null;
  @Column('bigint') serial!: string;
  @Column('float8', { nullable: true }) weight!: number | null;
  @Column('uuid') token!: string;
  @Column({ type: 'enum', enum: ['small', 'large', 'huge'] }) size!: 'small' | 'large' | 'huge';
  @ManyToOne(() => Maker, { nullable: true }) maker!: Relation<Maker> | null;
  @OneToMany(
    () => Part,
    (part) => part.thing,
  )
  parts!: Relation<Part[]>;
}

/** Its key has two columns. */
@TenantEntity('parts')
export class Part {
  @PrimaryColumn('int') number!: number;
  @PrimaryColumn('date') day!: string;
  @ManyToOne(
    () => Thing,
    (thing) => thing.parts,
    { onDelete: 'CASCADE' },
  )
  thing!: Relation<Thing>;
}

export const entities = [Maker, Thing, Part];
