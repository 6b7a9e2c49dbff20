import fc from 'fast-check';
import { command, pair } from './commands.js';
import { spell, type Tokens } from './spelling.js';

/** Texts that one lease sends. */
export interface Program {
  readonly texts: readonly string[];
  /** Whether a transaction with a pin is around them, and how it ends. */
  readonly frame: 'none' | 'commit' | 'rollback';
}

const spelled = (tokens: fc.Arbitrary<Tokens>) =>
  fc.tuple(tokens, fc.nat({ max: 0xffff_ffff })).map(([all, seed]) => spell(all, seed).trim());

const statement = spelled(command);

const text = fc.oneof(
  { weight: 6, arbitrary: statement },
  { weight: 1, arbitrary: spelled(pair) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(statement, { minLength: 2, maxLength: 3 }), fc.constantFrom(';', '\n;', ' ;; '))
      .map(([statements, separator]) => statements.join(`\n${separator} `)),
  },
);

/** The size bias of arrays is off: most programs have one text, so that what a text leaves is its own. */
const texts = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(text) },
  { weight: 2, arbitrary: fc.tuple(text, text) },
  { weight: 1, arbitrary: fc.tuple(text, text, text) },
);

export const program: fc.Arbitrary<Program> = fc.record({
  texts,
  frame: fc.constantFrom('none', 'none', 'commit', 'rollback'),
});
