import { z } from 'zod';

/** What {@link mask}.fake makes up. */
const FAKES = ['name', 'firstName', 'lastName', 'phone', 'street', 'city', 'company', 'text'] as const;
export type FakeKind = (typeof FAKES)[number];

/** The values of a row before they are masked, as PostgreSQL writes them; `null` for NULL. */
export type MaskedRow = Readonly<Record<string, string | null>>;

/** @returns the new value as text that the column accepts, or `null`. */
export type MaskFunction = (value: string, row: MaskedRow) => string | null;

/** What becomes of the values of a column. Made by {@link mask}. */
export type MaskRule =
  | { readonly rule: 'keep' | 'null' | 'hash' | 'email' }
  | { readonly rule: 'fake'; readonly kind: FakeKind }
  | { readonly rule: 'shift'; readonly days: number }
  | { readonly rule: 'vary'; readonly percent: number }
  | { readonly rule: 'json'; readonly paths: Readonly<Record<string, MaskRule>> }
  | { readonly rule: 'with'; readonly make: MaskFunction };

/** Rules by table and column. */
export type Masks = Readonly<Record<string, Readonly<Record<string, MaskRule>>>>;

/** The rules of masks. The same value under the same seed becomes the same value; NULL stays NULL. */
export const mask = Object.freeze({
  /** Leaves the values as they are. */
  keep: (): MaskRule => ({ rule: 'keep' }),
  /** NULL. */
  null: (): MaskRule => ({ rule: 'null' }),
  /** A keyed hash that fits the column: of texts, whole numbers, uuid, bytea and addresses. Different values stay different. */
  hash: (): MaskRule => ({ rule: 'hash' }),
  /** An address at example.com, which reaches nobody. Different values stay different. */
  email: (): MaskRule => ({ rule: 'email' }),
  /** A made-up value; `text` is as long as the value. In unique columns a hash is added to it. */
  fake: (kind: FakeKind): MaskRule => ({ rule: 'fake', kind }),
  /** Moves dates and times by up to so many days: all by the same number, which the seed decides. */
  shift: ({ days }: { readonly days: number }): MaskRule => ({ rule: 'shift', days }),
  /** Changes numbers by up to so many per cent. */
  vary: ({ percent }: { readonly percent: number }): MaskRule => ({ rule: 'vary', percent }),
  /**
   * Rules for what is in a JSON document, by path: `address.street`, `contacts.*.email`. A rule holds for all that is below its path,
   * unless a longer path has its own; of two of one length, a key counts before `*`. Texts that no path names become null; numbers and booleans stay.
   */
  json: (paths: Readonly<Record<string, MaskRule>>): MaskRule => ({ rule: 'json', paths }),
  /** A function of your own. What it throws is not reported, because it could have the value. */
  with: (make: MaskFunction): MaskRule => ({ rule: 'with', make }),
});

/** Returns its argument. It gives a file of rules its types. */
export function defineMasks(masks: Masks): Masks {
  return masks;
}

const makeSchema = z.custom<MaskFunction>((value) => typeof value === 'function', 'expected a function');

const RULES_OF_TEXT = [
  z.strictObject({ rule: z.enum(['keep', 'null', 'hash', 'email']) }),
  z.strictObject({ rule: z.literal('fake'), kind: z.enum(FAKES) }),
  z.strictObject({ rule: z.literal('with'), make: makeSchema }),
] as const;

const ruleSchema: z.ZodType<MaskRule> = z.union(
  [
    ...RULES_OF_TEXT,
    z.strictObject({ rule: z.literal('shift'), days: z.int().min(1).max(36_500) }),
    z.strictObject({ rule: z.literal('vary'), percent: z.number().min(1).max(90) }),
    z.strictObject({
      rule: z.literal('json'),
      paths: z.record(z.string().min(1), z.union([...RULES_OF_TEXT])),
    }),
  ],
  'expected a rule: mask.keep(), mask.null(), mask.hash(), mask.fake(…) …',
);

/** For options that hold masks. */
export const masksSchema: z.ZodType<Masks> = z.record(z.string(), z.record(z.string(), ruleSchema));

/** As people call a rule. */
export function nameOfRule(rule: MaskRule): string {
  return rule.rule === 'fake' ? `fake ${rule.kind}` : rule.rule;
}
