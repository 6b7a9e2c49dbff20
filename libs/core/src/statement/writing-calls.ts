import type { FunctionCall } from './guard/functions/function-call.js';
import { REVIEWED_EXTENSIONS } from './guard/functions/lists/reviewed-extensions.js';
import { reviewOfPostgres } from './guard/functions/reviewed-functions.js';

/** Of PostgreSQL's functions that tenants may call, those that write (manual, 9.17 "Sequence Manipulation Functions"). */
const WRITES = new Set(['nextval', 'setval']);

const OF_EXTENSIONS = new Set([...REVIEWED_EXTENSIONS.values()].flatMap(({ allowed }) => [...allowed]));

/** Whether a call may write. Of a function that was not reviewed, such as the app's own, it is not known. */
export function callMayWrite({ schema = 'pg_catalog', name }: FunctionCall): boolean {
  if (WRITES.has(name)) return true;
  const isReviewed = schema === 'pg_catalog' && reviewOfPostgres(name) === 'allowed';
  return !isReviewed && !OF_EXTENSIONS.has(name);
}
