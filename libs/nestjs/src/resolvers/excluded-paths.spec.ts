import { ExcludedPaths, isPathPattern, type PathPattern } from './excluded-paths.js';

describe('ExcludedPaths', () => {
  it.each<[PathPattern, string]>([
    ['/health', '/health'],
    ['/health', '/health/'],
    ['/health/', '/health'],
    ['/', '/'],
    ['/docs/**', '/docs'],
    ['/docs/**', '/docs/'],
    ['/docs/**', '/docs/a/b.css'],
    ['/**', '/'],
    ['/**', '/a/b'],
    ['/*/health', '/v1/health'],
    ['/*/health', '/v1/health/'],
    ['/v1/*/docs/**', '/v1/x/docs/y'],
    ['/a.b', '/a.b'],
    ['/*/a.b', '/x/a.b'],
    [/^\/internal\//, '/internal/x'],
  ])('%s excludes %s', (pattern, path) => {
    expect(new ExcludedPaths([pattern]).has(path)).toBe(true);
  });

  it.each<[PathPattern, string]>([
    ['/health', '/healthy'],
    ['/health', '/health/live'],
    ['/health', '/HEALTH'],
    ['/health', '/%68ealth'],
    ['/health', '//health'],
    ['/health', '/x/health'],
    ['/health', '/health//'],
    ['/docs/**', '/docsx'],
    ['/docs/**', '/x/docs/'],
    ['/*/health', '/health'],
    ['/*/health', '/a/b/health'],
    ['/*/health', '//health'],
    ['/*/a.b', '/x/a-b'],
    ['/*', '/'],
    [/^\/internal\//, '/x/internal/'],
  ])('%s does not exclude %s', (pattern, path) => {
    expect(new ExcludedPaths([pattern]).has(path)).toBe(false);
  });

  it('asks every pattern', () => {
    const excluded = new ExcludedPaths(['/health', '/docs/**', /^\/x/]);
    expect(['/health', '/docs/a', '/xyz', '/products'].map((path) => excluded.has(path))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it.each(['g', 'y', 'gy'])('gives the same answer each time with flag %s', (flags) => {
    const expression = new RegExp('^/x', flags);
    const excluded = new ExcludedPaths([expression]);
    expect([excluded.has('/x'), excluded.has('/x'), excluded.has('/x')]).toEqual([true, true, true]);
    expect(expression.lastIndex).toBe(0);
  });
});

describe('isPathPattern', () => {
  it.each(['/', '/health', '/docs/**', '/**', '/*', '/a/*/b', /x/])('accepts %s', (pattern) => {
    expect(isPathPattern(pattern)).toBe(true);
  });

  it.each(['', 'health', '/docs/**/x', '/a*', '/*a', '/***', '/a?b', '/a#b', 5, null])(
    'refuses %s',
    (pattern) => {
      expect(isPathPattern(pattern)).toBe(false);
    },
  );
});
