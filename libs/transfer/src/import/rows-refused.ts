import { messageOf, sqlStateOf } from '@rowhouse/core/internal';
import { ImportRefusedError } from '../errors.js';
import { isRowMisfit } from '../home/row-misfit.js';

/** What an import that failed with an error throws: PostgreSQL may have refused the rows. */
export function refusalOf(error: unknown, remedyFor: (sqlState: string) => string = () => ''): unknown {
  if (!isRowMisfit(error)) return error;
  const remedy = remedyFor(sqlStateOf(error) ?? '');
  return new ImportRefusedError(`The rows do not fit: ${messageOf(error)}.${remedy}`, error);
}
