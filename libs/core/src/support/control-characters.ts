/**
 * What changes how text is shown, instead of being shown: the control characters of ASCII and Latin-1, with which a terminal
 * is steered; Unicode's line and paragraph separators; and its marks, embeddings, overrides and isolates of direction, which
 * show text in another order than it is stored (Unicode Standard Annex 9).
 */
const CONTROL = '\\p{Cc}\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069';

const FREE_OF_CONTROLS = new RegExp(`^[^${CONTROL}]*$`, 'u');
const EACH_CONTROL = new RegExp(`[${CONTROL}]`, 'gu');

/** Why a text that is not is refused. */
export const CONTROLS_REFUSED = 'expected text without control characters';

export function isFreeOfControls(text: string): boolean {
  return FREE_OF_CONTROLS.test(text);
}

/** Whether PostgreSQL can store a value as `jsonb`: no NUL and no half of a surrogate pair, in keys or in values (manual, 8.14). */
export function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return !/[\0\p{Surrogate}]/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorableJson(key) && isStorableJson(inner));
}

/** Why a value that is not is refused. */
export const UNSTORABLE_REFUSED = 'expected text without NUL and unpaired surrogates';

/**
 * Writes control characters as `\u001b`, so that text from a database can be printed. JSON stays JSON, with the same meaning.
 *
 * @param kept - control characters to leave as they are, such as the `\n` between the lines of a report.
 */
export function escapeControls(text: string, kept = ''): string {
  return text.replaceAll(EACH_CONTROL, (character) =>
    kept.includes(character)
      ? character
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
