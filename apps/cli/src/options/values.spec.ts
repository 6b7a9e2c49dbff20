import { where } from './selection-options.js';
import {
  count,
  countOrZero,
  durationMs,
  jsonObject,
  longDurationMs,
  moment,
  pastMoment,
  percent,
  scalar,
} from './values.js';

describe('values of options', () => {
  it.each([
    [percent, '5%', 5],
    [percent, '2.5 %', 2.5],
    [percent, '100', 100],
    [durationMs, '500ms', 500],
    [durationMs, '2s', 2_000],
    [durationMs, '1.5min', 90_000],
    [longDurationMs, '12h', 43_200_000],
    [longDurationMs, '7d', 604_800_000],
    [count, '12', 12],
    [countOrZero, '0', 0],
    [jsonObject, '{"a":[1]}', { a: [1] }],
    [scalar, 'eu', 'eu'],
    [scalar, '5', 5],
    [scalar, '"5"', '5'],
    [scalar, 'true', true],
    [scalar, 'null', null],
    [scalar, '{"a":1}', '{"a":1}'],
    [moment, '2026-01-31', new Date('2026-01-31T00:00:00Z')],
    [moment, '2026-01-31T12:00+02:00', new Date('2026-01-31T10:00:00Z')],
    [pastMoment, '2026-01-31T12:00:00Z', new Date('2026-01-31T12:00:00Z')],
    [where, 'plan=free,metadata.tier=2', { plan: 'free', metadata: { tier: 2 } }],
    [where, 'metadata.note=a=b', { metadata: { note: 'a=b' } }],
  ])('%p reads %s', (read: (text: string) => unknown, text, value) => {
    expect(read(text)).toEqual(value);
  });

  it('a time of day is the last one, in UTC', () => {
    for (const text of ['00:00', '14:30', '23:59:59']) {
      const read = pastMoment(text);
      expect(read.toISOString()).toContain(`T${text}`);
      expect(Date.now() - read.getTime()).toBeGreaterThanOrEqual(0);
      expect(Date.now() - read.getTime()).toBeLessThanOrEqual(24 * 3_600_000);
    }
  });

  it('refuses a time that has not come', () => {
    expect(() => pastMoment('2099-01-31T12:00:00Z')).toThrow('has not come yet');
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
    [longDurationMs, '7'],
    [longDurationMs, '0d'],
    [count, '0'],
    [count, '1e3'],
    [jsonObject, '[1]'],
    [jsonObject, 'eu'],
    [moment, '2026-01-31T12:00'],
    [moment, '2026-02-30'],
    [moment, '2026-13-01T12:00:00Z'],
    [pastMoment, '24:00:01'],
    [pastMoment, '14:60'],
    [pastMoment, '2:30 pm'],
    [pastMoment, 'noon'],
    [where, 'free'],
    [where, 'plan='],
    [where, 'metadata.=x'],
  ])('%p refuses %s', (read: (text: string) => unknown, text) => {
    expect(() => read(text)).toThrow(/Expected|not a condition/);
  });
});
