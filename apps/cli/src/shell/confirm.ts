import { type Io, UnusableError } from './io.js';
import { onOneLine } from './print.js';

/**
 * Asks for confirmation before data is lost.
 *
 * @throws {UnusableError} when the answer is not yes, or there is no terminal.
 */
export async function confirm(
  question: string,
  { yes }: { readonly yes?: boolean },
  { ask }: Io,
): Promise<void> {
  if (yes) return;
  if (!ask) throw new UnusableError(`${question} There is no terminal to answer on: give --yes.`);
  const answer = await ask(`${onOneLine(question)} [y/N] `);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new UnusableError('Nothing was changed.');
}
