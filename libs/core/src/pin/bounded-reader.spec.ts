/** @suite postgres15 */
import { jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import fc from 'fast-check';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { prepareHomes } from '../../../../test/support/homes.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantPool, type TenantPoolConfig } from '../pool/tenant-pool.js';
import { TenantContext } from '../tenant-context.js';
import { MessageFollower } from './bounded-reader.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');

let database: TestDatabase;
const pools: TenantPool[] = [];

function openPool(config: TenantPoolConfig = {}): TenantPool {
  const pool = new TenantPool({
    connectionString: database.loginUrl,
    max: 2,
    guard: { mode: 'off' },
    ...config,
  });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareHomes(database, [acme, globex]);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(() => database.drop());

/** Runs work of acme's that ends its connection, while globex has a transaction open, and shows that globex noticed nothing. */
async function besideABystander(
  pool: TenantPool,
  work: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  const bystander = await TenantContext.run(globex, () => pool.connect());
  await bystander.query('begin');
  const client = await TenantContext.run(acme, () => pool.connect());
  try {
    await work(client);
  } finally {
    client.release();
  }
  expect((await bystander.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  await bystander.query('commit');
  bystander.release();
  const { rows } = await TenantContext.run(acme, () => pool.query('select 1 as n'));
  expect(rows).toEqual([{ n: 1 }]);
}

const tooLarge = { code: 'RESULT_TOO_LARGE', status: 500 };

describe('a message beyond the limit', () => {
  it('ends its connection by default, where it is longer than any string', async () => {
    await besideABystander(openPool(), async (client) => {
      await expect(client.query("select repeat('a', 545000000)")).rejects.toMatchObject(tooLarge);
    });
  });

  const text = "repeat('a', 2000000)";
  it.each([
    ['a row', `select ${text}`],
    ['a row of many columns', `select ${Array.from({ length: 40 }, () => "repeat('a', 50000)").join()}`],
    ['an error', `do $$ begin raise exception '%', ${text}; end $$`],
    ['a notice', `do $$ begin raise notice '%', ${text}; end $$`],
    ['COPY as a text', `copy (select ${text}) to stdout`],
  ])('ends its connection: %s', async (_, sql) => {
    await besideABystander(openPool({ maxMessageBytes: 1_000_000 }), async (client) => {
      await client.query('begin');
      await expect(client.query(sql)).rejects.toMatchObject(tooLarge);
    });
  });

  it('ends the connection of a notification', async () => {
    await besideABystander(openPool({ maxMessageBytes: 1_024 }), async (client) => {
      await client.query('listen gossip');
      await expect(client.query("select pg_notify('gossip', repeat('a', 5000))")).rejects.toMatchObject(
        tooLarge,
      );
    });
  });

  it('ends a stream and a cursor with the error', async () => {
    const pool = openPool({ maxMessageBytes: 1_000_000 });
    await besideABystander(pool, async (client) => {
      await expect(client.query(new QueryStream(`select ${text}`)).toArray()).rejects.toMatchObject(tooLarge);
    });
    await besideABystander(pool, async (client) => {
      await expect(client.query(new Cursor(`select ${text}`)).read(1)).rejects.toMatchObject(tooLarge);
    });
  });

  it('is no matter to COPY by a stream, which gathers nothing', async () => {
    await besideABystander(openPool({ maxMessageBytes: 1_000_000 }), async (client) => {
      let length = 0;
      for await (const chunk of client.query(copyTo(`copy (select ${text}) to stdout`)))
        length += chunk.length;
      expect(length).toBe(2_000_001);
      expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    });
  });

  it('is found whatever the pieces in which the bytes arrive', () => {
    const lengths = fc.array(fc.nat(60), { maxLength: 20 });
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(lengths, cuts, (bodies, pieces) => {
        const bytes = Buffer.concat(
          bodies.map((body) => {
            const message = Buffer.alloc(5 + body, 0xff);
            message.writeUInt32BE(4 + body, 1);
            return message;
          }),
        );
        const reader = new MessageFollower(44);
        const read = () => {
          for (let at = 0; at < bytes.length; ) {
            const { value: piece } = pieces.next();
            reader.read(bytes.subarray(at, at + piece), () => {});
            at += piece;
          }
        };
        if (bodies.some((body) => body > 40)) expect(read).toThrow(expect.objectContaining(tooLarge));
        else expect(read).not.toThrow();
      }),
    );
  });
});

describe('rows that are taken', () => {
  it('go past pg in their order, whatever the pieces in which the bytes arrive', () => {
    const messages = fc.array(fc.tuple(fc.constantFrom('D', 'C', '2'), fc.nat(60)), { maxLength: 20 });
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 200 }));
    const wanted = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(messages, cuts, wanted, (list, pieces, takes) => {
        const bytes = Buffer.concat(
          list.map(([code, body], index) => {
            const message = Buffer.alloc(5 + body, index);
            message.write(code);
            message.writeUInt32BE(4 + body, 1);
            return message;
          }),
        );
        const got: Buffer[] = [];
        const reader = new MessageFollower(1_000, {
          get takesRows() {
            return takes.next().value;
          },
          takeRow(from, at, length) {
            expect(from.toString('latin1', at - 5, at - 4)).toBe('D');
            got.push(from.subarray(at - 5, at - 4 + length));
          },
        });
        for (let at = 0; at < bytes.length; ) {
          const { value: piece } = pieces.next();
          reader.read(bytes.subarray(at, at + piece), (passed) => {
            expect(passed.length).toBeGreaterThan(0);
            got.push(passed);
          });
          at += piece;
        }
        expect(Buffer.concat(got)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is thrown while a connection reads', () => {
  const types = {
    getTypeParser: () => () => {
      throw new TypeError('no such value');
    },
  } as unknown as pg.CustomTypesConfig;

  it('fails its query: a type parser', async () => {
    await besideABystander(openPool(), async (client) => {
      await expect(client.query({ text: 'select 1', types })).rejects.toThrow('no such value');
    });
  });

  it('fails its query: a type parser, of a statement that is prepared', async () => {
    const pool = openPool();
    const parse = jest.fn((text: string) => text);
    const parserOfText = pg.types.getTypeParser(25, 'text');
    pg.types.setTypeParser(25, parse);
    try {
      await besideABystander(pool, async (client) => {
        const read = () => client.query("select 'a'::text as a");
        for (let time = 0; time < 3; time += 1) expect((await read()).rows).toEqual([{ a: 'a' }]);
        parse.mockImplementation(() => {
          throw new TypeError('no such value');
        });
        await expect(read()).rejects.toThrow('no such value');
        parse.mockImplementation((text) => `${text}!`);
        expect((await read()).rows).toEqual([{ a: 'a!' }]);
      });
    } finally {
      pg.types.setTypeParser(25, parserOfText);
    }
  });

  it('ends its connection: a type parser of a cursor or a stream', async () => {
    const pool = openPool();
    await besideABystander(pool, async (client) => {
      await expect(client.query(new Cursor('select 1', [], { types })).read(1)).rejects.toThrow(
        'no such value',
      );
    });
    await besideABystander(pool, async (client) => {
      const stream = client.query(new QueryStream('select 1', [], { types }));
      await expect(stream.toArray()).rejects.toThrow('no such value');
    });
  });

  it('ends its connection: a listener', async () => {
    await besideABystander(openPool(), async (client) => {
      client.on('notice', () => {
        throw new TypeError('no such listener');
      });
      await expect(client.query('drop table if exists nothing')).rejects.toThrow('no such listener');
    });
  });
});
