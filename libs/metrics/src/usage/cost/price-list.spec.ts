import { decimalOf, textOf } from './decimal.js';
import { amountOf, digitsOf, type ParsedPriceList, parsePriceList } from './price-list.js';

const priceOf = (price: unknown) =>
  parsePriceList({ currency: 'EUR', meters: { emails: price } }).meters[
    'emails'
  ] as ParsedPriceList['meters'][string];
const cost = (quantity: string, price: unknown, digits = 2) =>
  textOf(amountOf(decimalOf(quantity), priceOf(price), digits));

describe('an amount', () => {
  it.each([
    ['0', { price: '1' }, '0.00'],
    ['3', { price: '0.10' }, '0.30'],
    ['1', { price: '0.005' }, '0.01'],
    ['1', { price: '0.0049' }, '0.00'],
    ['999999999999999999', { price: '0.01' }, '9999999999999999.99'],
    ['1500000', { price: '0.40', per: '1000000' }, '0.60'],
    ['1', { price: '1', per: '3' }, '0.33'],
    ['2', { price: '1', per: '3' }, '0.67'],
    ['100', { price: '1', free: '100' }, '0.00'],
    ['101.5', { price: '1', free: '100' }, '1.50'],
    ['50', { price: '1', free: '100' }, '0.00'],
  ])('of %s at %j is %s', (quantity, price, amount) => {
    expect(cost(quantity, price)).toBe(amount);
  });

  it('of tiers has for each tier the price of what is in it', () => {
    const tiers = [{ upTo: '10', price: '0' }, { upTo: '100', price: '0.50' }, { price: '0.1' }];
    expect(['5', '10', '11', '100', '110'].map((quantity) => cost(quantity, { tiers }))).toEqual([
      '0.00',
      '0.00',
      '0.50',
      '45.00',
      '46.00',
    ]);
  });

  it('has the digits of its currency', () => {
    expect(['EUR', 'JPY', 'KWD'].map(digitsOf)).toEqual([2, 0, 3]);
    expect(cost('3', { price: '0.5' }, 0)).toBe('2');
  });
});

it.each([
  { currency: 'eur', meters: {} },
  { currency: 'EUR' },
  { currency: 'EUR', meters: { emails: { price: 0.1 } } },
  { currency: 'EUR', meters: { emails: { price: '-1' } } },
  { currency: 'EUR', meters: { emails: { price: '1e3' } } },
  { currency: 'EUR', meters: { emails: { price: '1', per: '0.0' } } },
  { currency: 'EUR', meters: { emails: { tiers: [] } } },
  { currency: 'EUR', meters: { emails: { tiers: [{ upTo: '10', price: '1' }] } } },
  { currency: 'EUR', meters: { emails: { tiers: [{ price: '1' }, { price: '1' }] } } },
  {
    currency: 'EUR',
    meters: { emails: { tiers: [{ upTo: '9', price: '1' }, { upTo: '9', price: '1' }, { price: '1' }] } },
  },
  { currency: 'EUR', meters: { '=emails': { price: '1' } } },
  'prices',
  null,
])('a list of prices such as %j is refused', (prices) => {
  expect(() => parsePriceList(prices)).toThrow('prices');
});
