/** Names as PostgreSQL stores them. */
export type NameList = ReadonlySet<string>;

/** A list that is written as words, for people to read: the names hold nothing but letters, digits and `_`. */
export function names(words: string): NameList {
  return new Set(words.match(/\S+/g) ?? []);
}
