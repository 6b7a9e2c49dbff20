import { deepStrictEqual, rejects } from 'node:assert/strict';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { Author } from '../support/shop.js';
import { expectOwn } from './marks.js';
import type { TenantModel } from './tenant-model.js';

/** A statement that fails; inside a transaction it also fails the transaction, or its savepoint. */
export type Failure = 'arithmetic' | 'grammar' | 'unique' | 'foreign key' | 'missing table' | 'type';

export const anyFailure = fc.constantFrom<Failure>(
  'arithmetic',
  'grammar',
  'unique',
  'foreign key',
  'missing table',
  'type',
);

export async function performFailure(
  failure: Failure,
  manager: EntityManager,
  model: TenantModel,
): Promise<void> {
  const attempt = {
    arithmetic: () => manager.query('select 1 / 0 from books union all select 1 / 0'),
    grammar: () => manager.query('selec title from books'),
    unique: () => manager.insert(Author, { name: model.pickAuthor(0).name }),
    'foreign key': () =>
      manager.query('insert into books (title, "authorId") values ($1, 0)', [model.nextText('orphan')]),
    'missing table': () => manager.query('select * from cellar'),
    type: () => manager.query('select $1::int', ['none']),
  }[failure];
  const codes = {
    arithmetic: '22012',
    grammar: '42601',
    unique: '23505',
    'foreign key': '23503',
    'missing table': '42P01',
    type: '22P02',
  };
  await rejects(attempt, (error: { driverError?: { code?: string; detail?: string } }) => {
    // Behind a pooler a text that the grammar does not have is not sent.
    const isUnsent = failure === 'grammar' && error.driverError?.code === 'STATEMENT_REFUSED';
    if (!isUnsent) deepStrictEqual(error.driverError?.code, codes[failure]);
    expectOwn(model.member, error.driverError?.detail);
    return true;
  });
}
