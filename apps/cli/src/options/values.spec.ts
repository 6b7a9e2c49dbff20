import { where } from './selection-options.js';
import { count, countOrZero, durationMs, jsonObject, percent, scalar } from './values.js';

describe('values of options', () => {
  it.each([
    [percent, '5%', 5],
    [percent, '2.5 %', 2.5],
    [percent, '100', 100],
    [durationMs, '500ms', 500],
    [durationMs, '2s', 2_000],
    [durationMs, '1.5min', 90_000],
    [count, '12', 12],
    [countOrZero, '0', 0],
    [jsonObject, '{"a":[1]}', { a: [1] }],
    [scalar, 'eu', 'eu'],
    [scalar, '5', 5],
    [scalar, '"5"', '5'],
    [scalar, 'true', true],
    [scalar, 'null', null],
    [scalar, '{"a":1}', '{"a":1}'],
    [where, 'plan=free,metadata.tier=2', { plan: 'free', metadata: { tier: 2 } }],
    [where, 'metadata.note=a=b', { metadata: { note: 'a=b' } }],
  ])('%p reads %s', (read: (text: string) => unknown, text, value) => {
    expect(read(text)).toEqual(value);
  });

  it('conditions may be given one by one', () => {
    expect(where('metadata.region=eu', where('plan=free,metadata.tier=2'))).toEqual({
      plan: 'free',
      metadata: { tier: 2, region: 'eu' },
    });
  });

  it.each([
    [percent, '101'],
    [percent, '-5%'],
    [percent, 'many'],
    [durationMs, '2'],
    [durationMs, '2h'],
    [count, '0'],
    [count, '1e3'],
    [jsonObject, '[1]'],
    [jsonObject, 'eu'],
    [where, 'free'],
    [where, 'plan='],
    [where, 'metadata.=x'],
  ])('%p refuses %s', (read: (text: string) => unknown, text) => {
    expect(() => read(text)).toThrow(/Expected|not a condition/);
  });
});
