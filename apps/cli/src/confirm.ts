import { type Io, UnusableError } from './io.js';

/**
 * Asks before something is lost.
 *
 * @throws {UnusableError} when the answer is not yes, or nobody is there to give it.
 */
export async function confirm(
  question: string,
  { yes }: { readonly yes?: boolean },
  { ask }: Io,
): Promise<void> {
  if (yes) return;
  if (!ask) throw new UnusableError(`${question} Nobody is here to answer: say --yes.`);
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new UnusableError('Nothing was changed.');
}
