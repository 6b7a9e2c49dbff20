import { withTableNames } from './shard-names.js';

const onWorker = 'while executing command on 10.0.0.2:5432';

function refusal(fields: object, message: string) {
  const error = Object.assign(new Error(message), fields);
  withTableNames(error);
  return { ...error, message: error.message };
}

describe('an error from a worker', () => {
  it('names the tables and constraints of the application', () => {
    expect(
      refusal(
        {
          code: '23503',
          where: onWorker,
          detail: 'Key (book)=(77) is not present in table "books_102008".',
        },
        'insert or update on table "notes_102009" violates foreign key constraint "notes_book_fk_102009"',
      ),
    ).toMatchObject({
      table: 'notes',
      constraint: 'notes_book_fk',
      detail: 'Key (book)=(77) is not present in table "books".',
      message: 'insert or update on table "notes" violates foreign key constraint "notes_book_fk"',
    });
  });

  it('names the column that may not be null', () => {
    const message = 'null value in column "title" of relation "books_102008" violates not-null constraint';
    expect(refusal({ code: '23502', where: onWorker }, message)).toMatchObject({
      table: 'books',
      column: 'title',
      constraint: undefined,
    });
  });

  it('keeps names without a number, and gives other errors no fields', () => {
    const check = 'new row for relation "books_102008" violates check constraint "books_tag_check"';
    expect(refusal({ code: '23514', where: onWorker }, check)).toMatchObject({
      constraint: 'books_tag_check',
    });
    const other = refusal({ code: '42P01', where: onWorker }, 'relation "books_102008" does not exist');
    expect(other).toEqual({ code: '42P01', where: onWorker, message: 'relation "books" does not exist' });
  });
});

it('leaves other errors alone', () => {
  const fields = { code: '23505', table: 'orders_202611', constraint: 'orders_202611_pkey' };
  expect(refusal(fields, 'in "orders_202611"')).toEqual({ ...fields, message: 'in "orders_202611"' });
});
