import { Agent } from 'node:http';
import type { TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { createFleetDatabase, fleet, readFleet, resetFleet } from '../fleet.js';
import { LibraryClient, type Manner } from './client.js';
import { PLATFORMS, type RunningLibrary, startLibrary } from './start-library.js';

const MANNERS: readonly Manner[] = ['at once', 'large', 'chunked', 'slow', 'multipart'];
const pathOf = (manner: Manner) => (manner === 'multipart' ? '/books/upload' : '/books');

let database: TestDatabase;
let admin: pg.Pool;

beforeAll(async () => {
  database = await createFleetDatabase();
  admin = new pg.Pool({ connectionString: database.url, max: 1 });
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

describe.each(PLATFORMS)('bodies of many tenants, on %s', (platform) => {
  let library: RunningLibrary;
  let agent: Agent;
  let connections: number;

  beforeAll(async () => {
    library = await startLibrary({
      platform,
      url: database.loginUrl,
      directUrl: database.url,
      pin: 'statement',
      poolSize: 2,
    });
    library.app.getHttpServer().on('connection', () => {
      connections += 1;
    });
  });

  afterAll(() => library.app.close());

  beforeEach(async () => {
    await resetFleet(admin);
    connections = 0;
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });

  afterEach(() => agent.destroy());

  const clientOf = (slug: string) => new LibraryClient(library.port, agent, slug);

  async function allTitles(): Promise<string[][]> {
    return (await readFleet(admin)).map(({ books }) => books.map(({ title }) => title));
  }

  it.each(MANNERS)('reach their own tenant over one kept connection: %s', async (manner) => {
    const answers = await Promise.all(
      fleet.map(({ tenant, mark }) =>
        clientOf(tenant.slug).send('POST', pathOf(manner), { title: `${mark} sent` }, manner),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(fleet.map(() => 201));
    expect(await allTitles()).toEqual(
      fleet.map(({ mark }) => [`${mark} first`, `${mark} second`, `${mark} sent`]),
    );
    expect(connections).toBe(1);
  });

  it('leave nothing behind when they are aborted, and the next request on the connection is right', async () => {
    for (const [index, { tenant, mark }] of fleet.entries()) {
      const manner = MANNERS[index % MANNERS.length] ?? 'at once';
      const client = clientOf(tenant.slug);
      const next = fleet[(index + 1) % fleet.length] ?? fleet[0];
      const given = client.abandonBody(pathOf(manner), { title: `${mark} half` }, manner);
      const answered = clientOf(next?.tenant.slug ?? '').get('/books');
      await given;
      const titles = ((await answered).body as Array<{ title: string }>).map(({ title }) => title);
      expect(titles).toEqual([`${next?.mark} first`, `${next?.mark} second`]);
    }
    expect(await allTitles()).toEqual(fleet.map(({ mark }) => [`${mark} first`, `${mark} second`]));
  });
});
