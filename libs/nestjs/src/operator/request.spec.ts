import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { IdempotencyKey, idempotentId, parseIdempotencyKey } from './idempotency-key.js';
import { RequestInvalidError } from './operator-errors.js';
import { decodeCursor, encodeCursor, type Page, pageOf, pageQuery } from './page.js';
import { SchemaPipe } from './schema.pipe.js';

const newDomain = z.strictObject({ name: z.string().min(3), ports: z.array(z.int()).default([443]) });
const NUMBERS = [1, 2, 3, 4, 5];
const numbers = pageQuery({ defaultLimit: 2, maxLimit: 3, key: z.tuple([z.int()]) }).extend({
  odd: z.stringbool().optional(),
});

@Controller('ops')
@SystemRoute()
class RequestController {
  @Post('domains')
  create(@Body(new SchemaPipe('body', newDomain)) domain: z.output<typeof newDomain>) {
    return domain;
  }

  @Get('numbers')
  list(@Query(new SchemaPipe('query', numbers)) query: z.output<typeof numbers>): Page<number> {
    const { limit, cursor: [after = 0] = [], odd } = query;
    const found = NUMBERS.filter((n) => n > after && (!odd || n % 2 === 1));
    return pageOf(found.slice(0, limit + 1), limit, (n) => [n]);
  }

  @Post('keyed')
  keyed(@IdempotencyKey() key: string | undefined) {
    return { key: key ?? null };
  }

  @Post('strict')
  strict(@IdempotencyKey({ required: true }) key: string) {
    return { key };
  }
}

afterEach(closeApps);

describe.each(PLATFORMS)('a request on %s', (platform) => {
  const open = async () => (await startApp(platform, { controllers: [RequestController] })).url;

  it('is handed on as its schema makes it, or answered with the fields that are wrong', async () => {
    const url = await open();
    const post = (body: unknown) =>
      fetch(`${url}/ops/domains`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect(await (await post({ name: 'acme' })).json()).toEqual({ name: 'acme', ports: [443] });
    const wrong = await post({ name: 'a', ports: [1, 'x'], colour: 'red' });
    expect(wrong.status).toBe(400);
    expect(wrong.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await wrong.json()).toEqual({
      type: 'urn:rowhouse:error:request-invalid',
      title: 'REQUEST_INVALID',
      status: 400,
      code: 'REQUEST_INVALID',
      detail: 'The request is not valid.',
      instance: '/ops/domains',
      errors: [
        { field: 'name', expected: expect.any(String) },
        { field: 'ports.1', expected: expect.any(String) },
        { field: 'body', expected: expect.stringContaining('colour') },
      ],
    });
  });

  it('reads a listing page by page', async () => {
    const url = await open();
    const seen: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const response = await fetch(`${url}/ops/numbers${cursor && `?cursor=${cursor}`}`);
      const { items, next } = (await response.json()) as Page<number>;
      seen.push(items);
      cursor = next;
    }
    expect(seen).toEqual([[1, 2], [3, 4], [5]]);
    const odd = await fetch(`${url}/ops/numbers?odd=true&limit=3`);
    expect(await odd.json()).toEqual({ items: [1, 3, 5], next: null });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=4', 'limit'],
    ['limit=two', 'limit'],
    ['cursor=', 'cursor'],
    ['cursor=5', 'cursor'],
    [`cursor=${encodeCursor(['text'])}`, 'cursor'],
    ['cursor=a&cursor=b', 'cursor'],
    ['offset=3', 'query'],
  ])('is refused with the query %s', async (query, field) => {
    const response = await fetch(`${await open()}/ops/numbers?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field }] });
  });

  it('has an Idempotency-Key, where it is sent or needed', async () => {
    const url = await open();
    const post = (path: string, key?: string) =>
      fetch(`${url}/ops/${path}`, {
        method: 'POST',
        headers: key === undefined ? {} : { 'idempotency-key': key },
      });
    expect(await (await post('keyed')).json()).toEqual({ key: null });
    expect(await (await post('keyed', '"release 42"')).json()).toEqual({ key: 'release 42' });
    expect(await (await post('strict', 'k')).json()).toEqual({ key: 'k' });
    for (const response of [await post('strict'), await post('keyed', '"half')]) {
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ field: 'Idempotency-Key' }] });
    }
  });
});

describe('an Idempotency-Key', () => {
  it.each([
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    ['8e03978e-40d5', '8e03978e-40d5'],
    ['"a \\"b\\" \\\\"', 'a "b" \\'],
    ['"a";version=2', 'a'],
    ['"a, b"', 'a, b'],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('%s is read as %s', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  it.each(['', ' ', '""', '"a', 'a"b', '"a", "b"', 'a, b', '"a\\b"', 'ä', '"ä"', 'a\tb', 'x'.repeat(256)])(
    '%j is refused',
    (header) => {
      expect(() => parseIdempotencyKey(header)).toThrow(RequestInvalidError);
    },
  );

  it('makes one id for one purpose', () => {
    const id = idempotentId('export', 'k');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idempotentId('export', 'k')).toBe(id);
    expect(idempotentId('import', 'k')).not.toBe(id);
    expect(idempotentId('export', 'l')).not.toBe(id);
  });
});

describe('a cursor', () => {
  const key = z.tuple([z.string(), z.int().nullable()]);

  it('comes back as it was, and fits into a URL', () => {
    const cursor = encodeCursor(['ü/?&=+', null]);
    expect(encodeURIComponent(cursor)).toBe(cursor);
    expect(decodeCursor(cursor, key)).toEqual(['ü/?&=+', null]);
  });

  it.each([
    'x',
    '=',
    'a b',
    encodeCursor(['a']),
    encodeCursor(['a', 1, 2]),
    encodeCursor([1, 'a']),
    Buffer.from('{"0":"a","1":1}').toString('base64url'),
    encodeCursor(['a'.repeat(1_000), 1]),
    encodeCursor(['a\0', 1]),
  ])('%s is refused', (cursor) => {
    expect(() => decodeCursor(cursor, key)).toThrow('cursor: expected a cursor of this listing');
  });
});
