/** A decimal number, exactly: `value / 10 ** scale`. */
export interface Decimal {
  readonly value: bigint;
  readonly scale: number;
}

const TEXT = /^(\d+)(?:\.(\d+))?$/;

/** Whether a text is a decimal number that is not negative, such as `0.25`. */
export function isDecimal(text: string): boolean {
  return text.length <= 40 && TEXT.test(text);
}

/** @param text - as {@link isDecimal} wants it. */
export function decimalOf(text: string): Decimal {
  const [, whole = '0', fraction = ''] = TEXT.exec(text) ?? [];
  return { value: BigInt(whole + fraction), scale: fraction.length };
}

export function times(a: Decimal, b: Decimal): Decimal {
  return { value: a.value * b.value, scale: a.scale + b.scale };
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { value: at(a, scale) + at(b, scale), scale };
}

/** `a - b`, but not less than zero. */
export function minus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const value = at(a, scale) - at(b, scale);
  return { value: value > 0n ? value : 0n, scale };
}

export function least(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return at(a, scale) < at(b, scale) ? a : b;
}

/** `a / b` with so many digits after the point; a half is rounded up. @param b - more than zero. */
export function dividedBy(a: Decimal, b: Decimal, digits: number): Decimal {
  const numerator = a.value * 10n ** BigInt(b.scale + digits);
  const denominator = b.value * 10n ** BigInt(a.scale);
  return { value: (2n * numerator + denominator) / (2n * denominator), scale: digits };
}

/** The whole part. */
export function floorOf({ value, scale }: Decimal): bigint {
  return value / 10n ** BigInt(scale);
}

export function textOf({ value, scale }: Decimal): string {
  const digits = value.toString().padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function at({ value, scale }: Decimal, wanted: number): bigint {
  return value * 10n ** BigInt(wanted - scale);
}
