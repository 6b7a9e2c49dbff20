import fc from 'fast-check';

/**
 * The tokens of a statement, before they are spelled: keywords and plain names as they are, in small letters; other names by
 * {@link name}, strings by {@link string}.
 */
export type Tokens = readonly string[];

export type Phrase = string | fc.Arbitrary<string> | fc.Arbitrary<Tokens>;

const NAME = '\u0001';
const STRING = '\u0002';

/** A name, which may be quoted. */
export const name = (text: string): string => `${NAME}${text}`;

/** A string constant, in any of its spellings. */
export const string = (text: string): string => `${STRING}${text}`;

/** One after the other; words of a string are tokens. */
export function phrase(...parts: readonly Phrase[]): fc.Arbitrary<Tokens> {
  const arbitraries = parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part));
  return fc
    .tuple(...(arbitraries as Array<fc.Arbitrary<string | Tokens>>))
    .map((all) => all.flatMap((part) => (typeof part === 'string' ? wordsOf(part) : part)));
}

/** One of several phrases. */
export function oneOf(...parts: readonly Phrase[]): fc.Arbitrary<Tokens> {
  return fc.oneof(...parts.map((part) => phrase(part)));
}

/** A phrase or nothing. */
export const maybe = (...parts: readonly Phrase[]): fc.Arbitrary<Tokens> => oneOf('', phrase(...parts));

/** Strings and quoted names may hold blanks. */
function wordsOf(part: string): Tokens {
  return part.startsWith(STRING) || part.startsWith(NAME) ? [part] : part.split(' ').filter(Boolean);
}

/** What may stand between two tokens. Most of the time it is a blank. */
const BETWEEN = [' ', '\n', '\t', ' /* ; begin */ ', ' -- commit;\n', " /* /* set */ ' */ ", ' -- $$ "\n'];

/** Writes tokens as text. The seed decides about case, quotes, and what stands between. */
export function spell(tokens: Tokens, seed: number): string {
  const random = randomFrom(seed);
  const text = tokens
    .map((token) => {
      const gap = random() < 0.8 ? ' ' : BETWEEN[Math.floor(random() * BETWEEN.length)];
      return spellToken(token, random) + gap;
    })
    .join('');
  return random() < 0.1 ? `/* select */ ${text}` : text;
}

function spellToken(token: string, random: () => number): string {
  if (token.startsWith(NAME)) return spellName(token.slice(1), random);
  if (token.startsWith(STRING)) return spellString(token.slice(1), random);
  if (!/^[a-z_][a-z0-9_.]*$/.test(token) || random() < 0.7) return token;
  return random() < 0.5 ? token.toUpperCase() : token[0]?.toUpperCase() + token.slice(1);
}

function spellName(text: string, random: () => number): string {
  const choice = random();
  if (/^[a-z_][a-z0-9_]*$/.test(text) && choice < 0.6) return choice < 0.3 ? text : text.toUpperCase();
  if (choice < 0.8) return `"${text}"`;
  return `U&"${escaped(text)}"`;
}

function spellString(text: string, random: () => number): string {
  const choice = random();
  const quoted = text.replaceAll("'", "''");
  if (choice < 0.5) return `'${quoted}'`;
  if (choice < 0.65) return `E'${quoted}'`;
  if (choice < 0.75) return `U&'${escaped(quoted)}'`;
  return choice < 0.9 ? `$q$${text}$q$` : `$$${text}$$`;
}

/** Its first letter by its code point (manual, 4.1.1). */
function escaped(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  return text === '' || text.startsWith("'")
    ? text
    : `\\${code.toString(16).padStart(4, '0')}${text.slice(1)}`;
}

/** mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
