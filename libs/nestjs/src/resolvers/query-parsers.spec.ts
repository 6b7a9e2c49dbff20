import { TenantIdInvalidError } from '@rowhouse/core';
import express from 'express';
import fc from 'fast-check';
import fastify, { type FastifyInstance } from 'fastify';
import { QueryResolver } from './query.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
const resolver = new QueryResolver();

/** What handlers see of `?<query>`, by the parser that their framework brings. */
type Parser = (query: string) => Promise<unknown>;

const expressParser = (kind: 'simple' | 'extended'): Parser => {
  const parse = express().set('query parser', kind).get('query parser fn');
  return async (query) => parse(query).tenant;
};

let server: FastifyInstance;
const fastifyParser: Parser = async (query) => {
  const { json } = await server.inject({ method: 'GET', url: `/?${query}` });
  return (json() as { tenant?: unknown }).tenant;
};

const PARSERS: ReadonlyArray<[string, Parser]> = [
  ['Express, simple', expressParser('simple')],
  ['Express, extended', expressParser('extended')],
  ['Fastify', fastifyParser],
];

beforeAll(async () => {
  server = fastify();
  server.get('/', async ({ query }) => query);
  await server.ready();
});
afterAll(() => server.close());

/** What we read; `refused` where we refuse the request. */
function read(query: string): string | undefined {
  try {
    return resolver.resolve(toTenantRequest(`/?${query}`))?.value;
  } catch (error) {
    if (error instanceof TenantIdInvalidError) return 'refused';
    throw error;
  }
}

async function expectAgreement(query: string): Promise<void> {
  const ours = read(query);
  if (ours === 'refused') return;
  for (const [parser, parse] of PARSERS) {
    expect([query, parser, await parse(query)]).toEqual([query, parser, ours]);
  }
}

const many = (count: number) => 'a&'.repeat(count);

describe('What the query resolver reads and what handlers read', () => {
  it.each([
    'tenant=acme&[tenant]=globex',
    '[tenant]=globex',
    '[tenant][]=globex',
    '[tenant]x=globex&tenant=acme',
    'tenant=acme&%5Btenant%5D=globex',
    'tenant=acme&%5btenant]=globex',
    'tenant=acme&%5Btenant%5D%zz=globex',
    'tenant=acme&tenant%5B%zz%5D=globex',
    'tenant=acme&tenant%5B%5D=globex',
    'tenant=acme&tenant[]=globex',
    'tenant=acme&tenant=globex',
    `${many(1_000)}tenant=acme`,
    `tenant=acme&${many(1_000)}tenant=globex`,
    `${'&'.repeat(1_000)}tenant=acme`,
  ])('is refused where it would differ: %s', (query) => {
    expect(read(query)).toBe('refused');
  });

  it.each([
    'tenant=acme',
    'tenant=acme&Tenant=globex&TENANT=initech',
    'tenant=acme&x[tenant]=globex',
    'tenant=acme&[[tenant]]=globex',
    'tenant=acme&[tenants]=globex&[ tenant]=globex',
    'x[tenant]=acme',
    `${many(999)}tenant=acme`,
    'a=%zz&tenant=acme',
  ])('is the same: %s', async (query) => {
    expect(read(query)).not.toBe('refused');
    await expectAgreement(query);
  });

  it(`is the same for every query that is not refused (seed ${seed})`, async () => {
    const piece = fc.constantFrom(
      'tenant',
      '[',
      ']',
      '[tenant]',
      '%5B',
      '%5d',
      '%74',
      'enant',
      '%zz',
      '%',
      '+',
      '.',
      'x',
      '0',
      '%00',
      'é',
      '?',
      ';',
      ',',
    );
    const name = fc.oneof(
      { arbitrary: fc.constant('tenant'), weight: 2 },
      { arbitrary: fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')), weight: 3 },
    );
    const pair = fc.oneof(
      fc.tuple(name, fc.constantFrom('acme', 'globex', '%61cme', '')).map((both) => both.join('=')),
      name,
    );
    const query = fc.array(pair, { minLength: 1, maxLength: 4 }).map((pairs) => pairs.join('&'));
    await fc.assert(fc.asyncProperty(query, expectAgreement), { seed, numRuns: 1_500 });
  });
});
