import { withTableNames } from './shard-names.js';

const onWorker = 'while executing command on 10.0.0.2:5432';

function error(fields: object, message: string) {
  return Object.assign(new Error(message), fields);
}

describe('an error from a worker', () => {
  it('names the tables and constraints of the application', () => {
    const refused = error(
      {
        where: onWorker,
        table: 'notes_102009',
        constraint: 'notes_book_fk_102009',
        detail: 'Key (book)=(77) is not present in table "books_102008".',
      },
      'insert or update on table "notes_102009" violates foreign key constraint "notes_book_fk_102009"',
    );
    withTableNames(refused);
    expect({ ...refused, message: refused.message }).toEqual({
      where: onWorker,
      table: 'notes',
      constraint: 'notes_book_fk',
      detail: 'Key (book)=(77) is not present in table "books".',
      message: 'insert or update on table "notes" violates foreign key constraint "notes_book_fk"',
    });
  });

  it('keeps names without a number', () => {
    const refused = error({ where: onWorker, constraint: 'books_tag_check' }, 'violates "books_tag_check"');
    withTableNames(refused);
    expect(refused).toMatchObject({ constraint: 'books_tag_check', message: 'violates "books_tag_check"' });
  });
});

it('leaves other errors alone', () => {
  const refused = error({ table: 'orders_202611', constraint: 'orders_202611_pkey' }, 'in "orders_202611"');
  withTableNames(refused);
  expect(refused).toMatchObject({ table: 'orders_202611', message: 'in "orders_202611"' });
});
