import fc from 'fast-check';
import { splitTarget } from './request-target.js';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

describe('splitTarget', () => {
  it.each<[string, string, string, string | undefined]>([
    ['/', '/', '', undefined],
    ['', '/', '', undefined],
    ['*', '*', '', undefined],
    ['/a/b?x=1&y=2', '/a/b', 'x=1&y=2', undefined],
    ['/a?', '/a', '', undefined],
    ['/a?x=1?y=2', '/a', 'x=1?y=2', undefined],
    ['/a#top?x=1', '/a', '', undefined],
    ['/a?x=1#top', '/a', 'x=1', undefined],
    ['//evil.com/a', '//evil.com/a', '', undefined],
    ['/../a/%2e%2e/b', '/../a/%2e%2e/b', '', undefined],
    ['/a?next=http://evil.com/', '/a', 'next=http://evil.com/', undefined],
    ['http://acme.example.com/a?x=1', '/a', 'x=1', 'acme.example.com'],
    ['HTTPS://acme.example.com:8443', '/', '', 'acme.example.com:8443'],
    ['http://acme.example.com?x=/a', '/', 'x=/a', 'acme.example.com'],
    ['http://evil.com#acme.example.com/a', '/', '', 'evil.com'],
    ['http://a:b@acme.example.com/', '/', '', 'a:b@acme.example.com'],
    ['http://[::1]:3000/a', '/a', '', '[::1]:3000'],
  ])('cuts %j into path %j, query %j and authority %j', (target, path, query, authority) => {
    expect(splitTarget(target)).toEqual({ path, query, authority });
  });

  it(`agrees with URL on every well-formed URL (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
        const { href, pathname, search, host } = new URL(text);
        expect(splitTarget(href)).toEqual({ path: pathname, query: search.slice(1), authority: host });
      }),
      { seed, numRuns: 500 },
    );
  });
});
