import {
  BaseEntity,
  Column,
  DeleteDateColumn,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';

/** Active records, with a relation of each kind. */
@Entity('notebooks')
export class Notebook extends BaseEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @OneToMany(
    () => Note,
    (note) => note.notebook,
    { cascade: true },
  )
  notes!: Relation<Note[]>;
}

@Entity('notes')
export class Note extends BaseEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
  @DeleteDateColumn() deletedAt!: Date | null;
  @ManyToOne(
    () => Notebook,
    (notebook) => notebook.notes,
  )
  notebook!: Relation<Notebook>;
  @ManyToOne(() => Notebook, { lazy: true })
  archive!: Promise<Notebook>;
}

/** The same table, as a data mapper sees it. */
@Entity('notes', { synchronize: false })
export class PlainNote {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

export const notes = { entities: [Notebook, Note, PlainNote] };
