import { VerifiedTokenCache } from './verified-token-cache.js';

const acme = { kind: 'slug', value: 'acme' } as const;

describe('VerifiedTokenCache', () => {
  let nowMs = 1_000_000;
  const make = (maxTokens = 3, ttlSeconds = 60) =>
    new VerifiedTokenCache({ maxTokens, ttlSeconds, now: () => nowMs });

  it('knows a token, and also that it names no tenant', () => {
    const cache = make();
    cache.set('one', acme);
    cache.set('two', undefined);
    expect(cache.get('one')?.reference).toBe(acme);
    expect(cache.get('two')).toMatchObject({ reference: undefined });
    expect(cache.get('three')).toBeUndefined();
  });

  it('forgets a token when it expires', () => {
    const cache = make();
    cache.set('one', acme, nowMs / 1000 + 10);
    nowMs += 9_999;
    expect(cache.get('one')).toBeDefined();
    nowMs += 1;
    expect(cache.get('one')).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('forgets a token after its time to live, however long the token is valid and however often it is used', () => {
    const cache = make();
    cache.set('one', acme, nowMs / 1000 + 3600);
    nowMs += 59_999;
    expect(cache.get('one')).toBeDefined();
    nowMs += 1;
    expect(cache.get('one')).toBeUndefined();
  });

  it('holds no more than its maximum, and gives up the least recently used', () => {
    const cache = make(3);
    for (const token of ['one', 'two', 'three']) cache.set(token, acme);
    cache.get('one');
    cache.set('four', acme);
    expect(cache.size).toBe(3);
    expect(['one', 'two', 'three', 'four'].map((token) => cache.get(token) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('counts a token set again once', () => {
    const cache = make(2);
    cache.set('one', acme);
    cache.set('two', acme);
    cache.set('one', acme);
    expect(cache.size).toBe(2);
    expect(cache.get('two')).toBeDefined();
  });
});
