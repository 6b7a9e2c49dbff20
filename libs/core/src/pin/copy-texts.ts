import { bareStatement } from '../statement/split-statements.js';

/** Why COPY fails where no stream sends its data. */
export const NO_STREAM = 'COPY from the client needs a stream: send it with from() of pg-copy-streams';

/** COPY is no part of another statement. To name the wrong one of the two is no error (manual, COPY). */
const COPY = /^\s*copy\b/i;
const BY_CLIENT = /\bstd(?:in|out)\b/i;

/**
 * Whether a statement copies data to or from the client. Among others in a batch the server would take the next statement
 * for data, and end the connection.
 */
export function copiesByClient(statement: string): boolean {
  const bare = bareStatement(statement);
  return COPY.test(bare) && BY_CLIENT.test(bare);
}
