import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { meterSchema } from '../usage-meters.js';
import { type Decimal, decimalOf, dividedBy, isDecimal, least, minus, plus, times } from './decimal.js';

const decimal = z.string().refine(isDecimal, 'expected a decimal number as a text, such as "0.25"');
const positive = decimal.refine((text) => /[1-9]/.test(text), 'expected more than zero');

const tiersSchema = z
  .array(z.strictObject({ upTo: positive.optional(), price: decimal }))
  .min(1)
  .superRefine((tiers, context) => {
    for (const [index, { upTo }] of tiers.entries()) {
      const isLast = index === tiers.length - 1;
      const before = tiers[index - 1]?.upTo;
      if (isLast === (upTo !== undefined))
        context.addIssue({
          code: 'custom',
          path: [index, 'upTo'],
          message: isLast
            ? 'expected none: the last tier has no end'
            : 'expected an end, but for the last tier',
        });
      else if (
        upTo !== undefined &&
        before !== undefined &&
        minus(decimalOf(upTo), decimalOf(before)).value === 0n
      )
        context.addIssue({
          code: 'custom',
          path: [index, 'upTo'],
          message: 'expected more than in the tier before',
        });
    }
  });

const priceSchema = z.union([
  z.strictObject({ price: decimal, per: positive.default('1'), free: decimal.default('0') }),
  z.strictObject({ tiers: tiersSchema, per: positive.default('1') }),
]);

const priceListSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency of ISO 4217, such as "EUR"'),
  meters: z.record(meterSchema, priceSchema),
});

/** What usage costs: `{ "currency": "EUR", "meters": { "requests": { "price": "0.40", "per": "1000000", "free": "1000000" } } }`. */
export type PriceList = z.input<typeof priceListSchema>;
export type ParsedPriceList = z.output<typeof priceListSchema>;
type Price = z.output<typeof priceSchema>;

/** @throws {OptionsInvalidError} */
export function parsePriceList(prices: unknown): ParsedPriceList {
  return parseOptions('prices', priceListSchema, prices);
}

/** Digits after the point: 2 for EUR, 0 for JPY. */
export function digitsOf(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/** What a quantity costs, rounded once. Each tier has the price of what is in it. */
export function amountOf(quantity: Decimal, price: Price, digits: number): Decimal {
  const tiers = 'tiers' in price ? price.tiers : [{ upTo: price.free, price: '0' }, { price: price.price }];
  let amount: Decimal = { value: 0n, scale: 0 };
  let begin: Decimal = { value: 0n, scale: 0 };
  for (const { upTo, price: each } of tiers) {
    const end = upTo === undefined ? quantity : least(quantity, decimalOf(upTo));
    amount = plus(amount, times(minus(end, begin), decimalOf(each)));
    begin = end;
  }
  return dividedBy(amount, decimalOf(price.per), digits);
}
