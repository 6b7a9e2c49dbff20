import {
  BaseEntity,
  Column,
  Entity,
  ManyToOne,
  type MigrationInterface,
  OneToMany,
  PrimaryGeneratedColumn,
  type QueryRunner,
  type Relation,
} from 'typeorm';

/** A small shop with a relation of each kind, for suites that need entities. They serve as active records too. It has no code about tenants. */
@Entity('authors')
export class Author extends BaseEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
  @OneToMany(
    () => Book,
    (book) => book.author,
  )
  books!: Promise<Book[]>;
}

@Entity('books')
export class Book extends BaseEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @Column({ type: 'enum', enum: ['paper', 'audio'], default: 'paper' }) kind!: string;
  @ManyToOne(
    () => Author,
    (author) => author.books,
    { lazy: true },
  )
  author!: Promise<Author>;
  @OneToMany(
    () => Review,
    (review) => review.book,
    { eager: true, cascade: true },
  )
  reviews!: Review[];
}

@Entity('reviews')
export class Review extends BaseEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
  @ManyToOne(
    () => Book,
    (book) => book.reviews,
    { onDelete: 'CASCADE' },
  )
  book!: Relation<Book>;
}

export class CreateShop1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`create type books_kind_enum as enum ('paper', 'audio')`);
    await queryRunner.query(`create table authors (id serial primary key, name text not null unique)`);
    await queryRunner.query(
      `create table books (id serial primary key, title text not null, kind books_kind_enum not null default 'paper',
        "authorId" int references authors)`,
    );
    await queryRunner.query(
      `create table reviews (id serial primary key, text text not null, "bookId" int references books on delete cascade)`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table reviews, books, authors');
    await queryRunner.query('drop type books_kind_enum');
  }
}

export const shop = { entities: [Author, Book, Review], migrations: [CreateShop1700000000000] };
