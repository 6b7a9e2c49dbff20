import { TenantColumn, TenantEntity, TenantIndex, TenantUnique } from '@rowhouse/typeorm';
import {
  BaseEntity,
  Check,
  ChildEntity,
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Entity,
  Exclusion,
  Generated,
  Index,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  RelationId,
  TableInheritance,
  Tree,
  TreeChildren,
  TreeLevelColumn,
  TreeParent,
  Unique,
  UpdateDateColumn,
  VersionColumn,
  ViewColumn,
  ViewEntity,
  VirtualColumn,
} from 'typeorm';
import type { EntityClass } from './shop.fixture.js';

/** `@Entity`, or `@TenantEntity` for the same tables with rows of tenants. */
type EntityDecorator = (name: string) => ClassDecorator;

function relations(Table: EntityDecorator): EntityClass[] {
  @Table('authors')
  class Author {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @Column({ unique: true }) email!: string;
    @OneToMany(
      () => Post,
      ({ author }) => author,
    )
    posts!: Relation<Post>[];
    @OneToOne(
      () => Profile,
      ({ author }) => author,
    )
    profile!: Relation<Profile>;
    @ManyToMany(() => Author) @JoinTable({ name: 'follows' }) follows!: Relation<Author>[];
  }
  @Table('profiles')
  class Profile {
    @PrimaryColumn('uuid') authorId!: string;
    @OneToOne(
      () => Author,
      ({ profile }) => profile,
      { onDelete: 'CASCADE' },
    )
    @JoinColumn({ name: 'authorId' })
    author!: Relation<Author>;
    @Column('simple-array', { default: '' }) links!: string[];
    @Column('simple-json', { nullable: true }) settings!: object;
  }
  @Table('posts')
  class Post {
    @PrimaryGeneratedColumn() id!: number;
    @ManyToOne(
      () => Author,
      ({ posts }) => posts,
      { nullable: false, onDelete: 'RESTRICT', onUpdate: 'CASCADE' },
    )
    author!: Relation<Author>;
    @RelationId((post: Post) => post.author) readonly authorId!: string;
    @ManyToMany(() => Tag, { cascade: true })
    @JoinTable({ joinColumn: { name: 'post' }, inverseJoinColumn: { name: 'tag' } })
    tags!: Relation<Tag>[];
    @VirtualColumn({ query: (alias) => `select count(*) from posts where id = ${alias}.id` }) count!: number;
  }
  @Table('tags')
  class Tag {
    @PrimaryColumn('varchar', { length: 20 }) name!: string;
  }
  return [Author, Profile, Post, Tag];
}

function compositeKeys(Table: EntityDecorator): EntityClass[] {
  @Table('courses')
  class Course {
    @PrimaryColumn({ primaryKeyConstraintName: 'courses_key' }) faculty!: string;
    @PrimaryColumn('int', { primaryKeyConstraintName: 'courses_key' }) number!: number;
  }
  @Table('lessons')
  class Lesson {
    @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' }) id!: number;
    @ManyToOne(() => Course, { deferrable: 'INITIALLY DEFERRED' })
    @JoinColumn([
      { name: 'faculty', referencedColumnName: 'faculty', foreignKeyConstraintName: 'lessons_course' },
      { name: 'course', referencedColumnName: 'number', foreignKeyConstraintName: 'lessons_course' },
    ])
    course!: Relation<Course>;
  }
  @Table('marks')
  class Mark {
    @ManyToOne(() => Lesson) lesson!: Relation<Lesson>;
    @PrimaryColumn() lessonId!: number;
    @PrimaryColumn() student!: string;
    @Column('numeric', { precision: 2, scale: 1, nullable: true }) value!: string;
  }
  return [Course, Lesson, Mark];
}

function inheritance(Table: EntityDecorator): EntityClass[] {
  abstract class Content extends BaseEntity {
    @PrimaryGeneratedColumn() id!: number;
    @CreateDateColumn() created!: Date;
    @UpdateDateColumn({ type: 'timestamptz', precision: 3 }) updated!: Date;
    @DeleteDateColumn() deleted!: Date;
    @VersionColumn() version!: number;
  }
  @Table('media')
  @TableInheritance({ column: { type: 'varchar', name: 'kind' } })
  class Media extends Content {
    @Column() title!: string;
  }
  @ChildEntity()
  class Photo extends Media {
    @Column('int', { nullable: true }) width!: number;
  }
  @ChildEntity('film')
  class Film extends Media {
    @Column('interval', { nullable: true }) length!: string;
    @Column('enum', { enum: ['U', 'PG'], default: 'U' }) rating!: string;
  }
  return [Media, Photo, Film];
}

function embedded(Table: EntityDecorator): EntityClass[] {
  class Counters {
    @Column('int', { default: 0 }) likes!: number;
    @Column({ type: 'int', default: () => '0', comment: 'of all time' }) views!: number;
  }
  class Name {
    @Column({ length: 40 }) first!: string;
    @Column({ collation: 'C', nullable: true }) last!: string;
    @Column(() => Counters) counters!: Counters;
  }
  @Table('people')
  @Index(['name.first', 'name.last'])
  class Person {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @Column(() => Name) name!: Name;
    @Column(() => Counters, { prefix: false }) own!: Counters;
    @Column() @Generated('increment') number!: number;
    @Column('uuid') @Generated('uuid') token!: string;
  }
  return [Person];
}

function trees(Table: EntityDecorator): EntityClass[] {
  abstract class Node {
    @PrimaryGeneratedColumn() id!: number;
    @Column() name!: string;
  }
  @Table('nested')
  @Tree('nested-set')
  class Nested extends Node {
    @TreeChildren() children!: Nested[];
    @TreeParent() parent!: Relation<Nested>;
  }
  @Table('paths')
  @Tree('materialized-path')
  class Path extends Node {
    @TreeChildren() children!: Path[];
    @TreeParent({ onDelete: 'CASCADE' }) parent!: Relation<Path>;
  }
  @Table('closures')
  @Tree('closure-table')
  class Closure extends Node {
    @TreeChildren() children!: Closure[];
    @TreeParent() parent!: Relation<Closure>;
    @TreeLevelColumn() level!: number;
  }
  @Table('adjacent')
  class Adjacent extends Node {
    @ManyToOne(
      () => Adjacent,
      ({ children }) => children,
      { nullable: true },
    )
    parent!: Relation<Adjacent>;
    @OneToMany(
      () => Adjacent,
      ({ parent }) => parent,
    )
    children!: Relation<Adjacent>[];
  }
  return [Nested, Path, Closure, Adjacent];
}

function constraints(Table: EntityDecorator): EntityClass[] {
  @Table('rooms')
  @Unique(['house', 'number'])
  @Unique('rooms_code', ['code'], { deferrable: 'INITIALLY DEFERRED' })
  @Check('"number" > 0 AND house <> \'\'')
  @Check('rooms_size', 'size BETWEEN 1 AND 100')
  @Exclusion('USING gist ("during" WITH &&)')
  @Exclusion('rooms_apart', 'USING gist (house WITH =, during WITH &&)')
  @Index('rooms_free', ['house'], { where: 'size > 3 AND during IS NULL' })
  @Index(['house', 'number', 'size'], { unique: true })
  @Index('rooms_during', ['during'], { spatial: true })
  class Room {
    @PrimaryGeneratedColumn() id!: number;
    @Column() house!: string;
    @Column('smallint') number!: number;
    @Column({ nullable: true }) code!: string;
    @Column('float', { default: 1.5 }) size!: number;
    @Column('daterange', { nullable: true }) during!: string;
    @Index({ where: '"note" IS NOT NULL' }) @Column('text', { nullable: true }) note!: string;
    @Index({ unique: true }) @Column('macaddr', { nullable: true }) door!: string;
    @Column({ type: 'text', generatedType: 'STORED', asExpression: `house || '-' || number`, nullable: true })
    sign!: string;
  }
  return [Room];
}

function views(Table: EntityDecorator): EntityClass[] {
  @Table('sales')
  class Sale {
    @PrimaryGeneratedColumn() id!: number;
    @Column('date') day!: string;
    @Column('numeric', { precision: 10, scale: 2 }) price!: string;
  }
  @ViewEntity({
    name: 'by_day',
    expression: `\n SELECT "day", sum("price") AS "total" FROM "sales" GROUP BY "day" \n`,
  })
  class ByDay {
    @ViewColumn() day!: string;
    @ViewColumn() total!: string;
  }
  @ViewEntity({
    name: 'best_days',
    dependsOn: [ByDay],
    expression: (source) =>
      source.createQueryBuilder().select('d.day', 'day').from(ByDay, 'd').where('d.total > 100'),
  })
  class BestDay {
    @ViewColumn() day!: string;
  }
  @ViewEntity({ name: 'stored', materialized: true, expression: 'SELECT "id", "day" FROM "sales"' })
  class Stored {
    @Index() @ViewColumn() day!: string;
    @ViewColumn() id!: number;
  }
  return [Sale, ByDay, BestDay, Stored];
}

function ofTenants(): EntityClass[] {
  @TenantEntity('items')
  @TenantUnique('sku')
  @TenantIndex('shelf', 'sku')
  class Item {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @TenantColumn() tenantId!: string;
    @Column() sku!: string;
    @Column('int', { default: 1 }) shelf!: number;
  }
  return [Item];
}

const SHAPES = { relations, compositeKeys, inheritance, embedded, trees, constraints, views };

/** Entities of the shapes in TypeORM's sample folder, as ordinary ones and with rows of tenants, by the name of the shape. */
export const typeormShapes: readonly (readonly [string, () => EntityClass[]])[] = [
  ...Object.entries(SHAPES).flatMap(([name, entities]) => [
    [name, () => entities((table) => Entity(table))] as const,
    [`${name}, with rows of tenants`, () => entities((table) => TenantEntity(table))] as const,
  ]),
  ['columns of tenants', ofTenants],
];
