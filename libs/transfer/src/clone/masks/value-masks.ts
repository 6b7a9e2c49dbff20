import type { ColumnFacts } from '../table-facts.js';
import { mapElements } from './array-values.js';
import { familyOf } from './column-family.js';
import type { MakeFake } from './fakes.js';
import { mapJson } from './json-values.js';
import type { KeyedHash } from './keyed-hash.js';
import type { MaskFunction, MaskRule } from './mask-rules.js';

/** The new value of one that is not NULL. */
export type ValueMask = MaskFunction;

export interface MaskTools {
  readonly hash: KeyedHash;
  readonly fake: MakeFake;
}

/** Characters of 5 bits: among a million values two have the same with a probability of one in two million. */
const UNIQUE_LETTERS = 12;
const HASH_LETTERS = 20;
/** Of 60 bits, and more than telephones have. */
const PHONE_DIGITS = 18;
/** No country has this code. */
const PHONE = '+999';
const EMAIL_DOMAIN = '@example.com';
const BITS: Readonly<Record<string, number>> = { int2: 15, int4: 31, int8: 63 };

/** Why a rule does not fit a column. */
export class MaskMisfitError extends Error {}

/**
 * What a rule does to the values of a column; `undefined` when it leaves them.
 *
 * @throws {MaskMisfitError} when it could make values that the column does not accept, or that are not unique.
 */
export function valueMaskOf(rule: MaskRule, column: ColumnFacts, tools: MaskTools): ValueMask | undefined {
  if (rule.rule === 'keep') return undefined;
  if (rule.rule === 'null') {
    if (column.isNotNull) throw new MaskMisfitError('the column is not null');
    return () => null;
  }
  if (column.refersOutside)
    throw new MaskMisfitError('it refers to a table that is not cloned: use mask.keep()');
  if (rule.rule === 'with') return (value, row) => textOf(rule.make(value, row));
  if (column.isRange) throw new MaskMisfitError(`${rule.rule} is for no ranges`);
  const one = elementMaskOf(rule, column, tools);
  return column.isArray ? (value, row) => mapElements(value, (element) => one(element, row)) : one;
}

function elementMaskOf(rule: MaskRule, column: ColumnFacts, tools: MaskTools): ValueMask {
  switch (rule.rule) {
    case 'hash':
      return hashed(column, tools.hash);
    case 'email':
      return email(column, tools);
    case 'fake':
      return faked(rule.kind, column, tools);
    case 'shift':
      return shifted(rule.days, column, tools.hash);
    case 'vary':
      return varied(rule.percent, column, tools.hash);
    case 'json':
      return masksInJson(rule.paths, column, tools);
    default:
      throw new MaskMisfitError(`${rule.rule} is for no ${column.type}`);
  }
}

function hashed(column: ColumnFacts, hash: KeyedHash): ValueMask {
  const { base } = column;
  switch (familyOf(column)) {
    case 'text': {
      const length = roomIn(column, HASH_LETTERS, UNIQUE_LETTERS);
      return (value) => hash.text(comparable(value, column), length);
    }
    case 'integer': {
      if (column.hasSequence)
        throw new MaskMisfitError('its sequence would go on after the largest hash: use mask.keep()');
      return (value) => permuted(BigInt(value), BITS[base] as number, hash).toString();
    }
    case 'uuid':
      return (value) => uuidOf(hash.bytes(value));
    case 'bytes':
      return (value) => `\\x${hash.bytes(value).toString('hex')}`;
    case 'address':
      if (base !== 'macaddr')
        return (value) => `fd${hash.bytes(value).toString('hex', 0, 15)}`.match(/..../g)?.join(':') ?? null;
      if (column.isKey) throw new MaskMisfitError('macaddr is too short for hashes that are unique');
      return (value) => `02${hash.bytes(value).toString('hex', 0, 5).replace(/../g, ':$&')}`;
    default:
      throw new MaskMisfitError(`hash is for no ${column.type}`);
  }
}

/** Numbers below zero stay below. */
function permuted(value: bigint, bits: number, hash: KeyedHash): bigint {
  return value < 0n ? -1n - hash.permute(-1n - value, bits) : hash.permute(value, bits);
}

/** Version 8 (RFC 9562, 5.8). */
function uuidOf(bytes: Buffer): string {
  const digits = bytes.toString('hex', 0, 16);
  const variant = '89ab'[(bytes[8] as number) >> 6] as string;
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

function email(column: ColumnFacts, { hash, fake }: MaskTools): ValueMask {
  requireText('email', column);
  const room = roomIn(column, 64, UNIQUE_LETTERS + EMAIL_DOMAIN.length) - EMAIL_DOMAIN.length;
  return (value) => {
    const compared = comparable(value, column);
    const name = fake('firstName', hash.bytes(compared), 0)
      .toLowerCase()
      .replace(/[^a-z]/g, '');
    const suffix = hash.text(compared, UNIQUE_LETTERS);
    const local = `${name.slice(0, Math.max(0, room - UNIQUE_LETTERS - 1))}.${suffix}`;
    return `${local.length > room || local.startsWith('.') ? suffix : local}${EMAIL_DOMAIN}`;
  };
}

function faked(
  kind: Extract<MaskRule, { rule: 'fake' }>['kind'],
  column: ColumnFacts,
  tools: MaskTools,
): ValueMask {
  requireText('fake', column);
  const { hash, fake } = tools;
  const room = roomIn(
    column,
    Number.MAX_SAFE_INTEGER,
    kind === 'phone' ? PHONE.length + PHONE_DIGITS : UNIQUE_LETTERS,
  );
  return (value) => {
    const compared = comparable(value, column);
    const bytes = hash.bytes(compared);
    const made = fake(kind, bytes, [...value].length);
    if (!column.isKey) return made.slice(0, room);
    if (kind === 'phone') return PHONE + digitsOf(bytes);
    const suffix = hash.text(compared, UNIQUE_LETTERS);
    return `${made.slice(0, Math.max(0, room - suffix.length - 1))} ${suffix}`.trimStart().slice(-room);
  };
}

function digitsOf(bytes: Buffer): string {
  return String(bytes.readBigUInt64LE() % 10n ** BigInt(PHONE_DIGITS)).padStart(PHONE_DIGITS, '0');
}

/** All by the same number of days, so that what was earlier stays earlier. */
function shifted(days: number, column: ColumnFacts, hash: KeyedHash): ValueMask {
  if (familyOf(column) !== 'time') throw new MaskMisfitError(`shift is for no ${column.type}`);
  const by = shiftBy(days, hash);
  return (value) => {
    const [, year = '', month = '', day = '', rest = '', era] =
      /^(\d+)-(\d\d)-(\d\d)(.*?)( BC)?$/.exec(value) ?? [];
    if (year === '') return value; // infinity
    const date = new Date(0);
    date.setUTCFullYear(era ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day) + by);
    return dateText(date, rest);
  };
}

function shiftBy(days: number, hash: KeyedHash): number {
  const number = (hash.bytes('shift').readUInt32LE() % (2 * days)) - days;
  return number < 0 ? number : number + 1;
}

function dateText(date: Date, rest: string): string {
  const year = date.getUTCFullYear();
  const two = (part: number) => String(part).padStart(2, '0');
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${shown}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}${rest}${year > 0 ? '' : ' BC'}`;
}

/** Never to more digits than the number has, so that it fits. */
function varied(percent: number, column: ColumnFacts, hash: KeyedHash): ValueMask {
  const family = familyOf(column);
  if (family !== 'number' && family !== 'integer') throw new MaskMisfitError(`vary is for no ${column.type}`);
  if (column.isKey) throw new MaskMisfitError('vary does not keep numbers unique');
  const most = Math.round(percent * 100);
  return (value) => {
    const [, sign = '', whole = '', fraction = '', exponent = ''] =
      /^(-?)(\d+)(?:\.(\d+))?(e[+-]?\d+)?$/.exec(value) ?? [];
    if (whole === '') return value; // NaN, Infinity
    const digits = whole + fraction;
    const by = (hash.bytes(value).readUInt32LE() % (2 * most + 1)) - most;
    const times = (share: number) => (BigInt(digits) * BigInt(10_000 + share)) / 10_000n;
    const limit =
      column.base in BITS ? 2n ** BigInt(BITS[column.base] as number) : 10n ** BigInt(digits.length);
    const more = times(by);
    const result = String(more < limit && String(more).length <= digits.length ? more : times(-by)).padStart(
      digits.length,
      '0',
    );
    const decimals = fraction === '' ? '' : `.${result.slice(-fraction.length)}`;
    return `${sign}${result.slice(0, result.length - fraction.length)}${decimals}${exponent}`;
  };
}

/** What is in a document is text without a limit, and may come again. */
const IN_JSON: ColumnFacts = {
  name: '',
  type: 'text',
  base: 'text',
  maxLength: undefined,
  isArray: false,
  isRange: false,
  isNotNull: false,
  isKey: false,
  refersOutside: false,
  hasSequence: false,
  isLargeObject: false,
};

function masksInJson(
  paths: Readonly<Record<string, MaskRule>>,
  column: ColumnFacts,
  tools: MaskTools,
): ValueMask {
  if (familyOf(column) !== 'json') throw new MaskMisfitError(`json is for no ${column.type}`);
  const rules = Object.entries(paths)
    .map(([path, rule]) => ({
      keys: path.split('.'),
      rule: rule.rule,
      mask: valueMaskOf(rule, IN_JSON, tools),
    }))
    .sort((left, right) => bySpecificity(left.keys, right.keys));
  return (document, row) =>
    mapJson(document, (raw, path) => {
      const found = rules.find(({ keys }) => isBelow(path, keys));
      if (found?.rule === 'keep' || raw === 'null') return raw;
      const isText = raw.startsWith('"');
      if (!found) return isText ? 'null' : raw;
      if (found.rule === 'null') return 'null';
      return jsonOf(found.mask?.(isText ? (JSON.parse(raw) as string) : raw, row) ?? null);
    });
}

/** The longest path first; of paths of one length, the one with a key where the other has `*`. */
function bySpecificity(left: readonly string[], right: readonly string[]): number {
  if (left.length !== right.length) return right.length - left.length;
  const at = left.findIndex((key, index) => (key === '*') !== (right[index] === '*'));
  return at < 0 ? 0 : left[at] === '*' ? 1 : -1;
}

function isBelow(path: readonly string[], keys: readonly string[]): boolean {
  return keys.every((key, at) => at < path.length && (key === '*' || key === path[at]));
}

function jsonOf(value: string | null): string {
  return JSON.stringify(value);
}

/** What PostgreSQL takes for equal has one text. */
function comparable(value: string, { base }: ColumnFacts): string {
  if (base === 'bpchar') return value.trimEnd();
  return base === 'citext' ? value.toLowerCase() : value;
}

/**
 * How many characters a new value may have.
 *
 * @param least - that it needs where it must be unique.
 */
function roomIn(
  { maxLength = Number.MAX_SAFE_INTEGER, isKey }: ColumnFacts,
  most: number,
  least: number,
): number {
  if (isKey && maxLength < least)
    throw new MaskMisfitError(
      `masked values that are unique need ${least} characters, and it has ${maxLength}`,
    );
  return Math.min(most, maxLength);
}

function requireText(rule: string, column: ColumnFacts): void {
  if (familyOf(column) !== 'text') throw new MaskMisfitError(`${rule} is for no ${column.type}`);
}

function textOf(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  throw new TypeError('A function of a mask returns a text or null.');
}
