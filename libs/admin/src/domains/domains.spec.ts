import { Catalog, PostgresTenantStore, RowhouseError, type Tenant } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import type { Domain } from './domain.js';
import type { ResolveTxt } from './domain-challenge.js';
import { Domains, type DomainsOptions } from './domains.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SHOP = 'shop.example.com';

let database: TestDatabase;
let catalog: Catalog;
let store: PostgresTenantStore;
let acme: Tenant;
let globex: Tenant;
let now: Date;
/** Values of the records, by name; a code instead for what the server answers. */
let zone: Map<string, string[] | string>;
let lookUps: string[];

const resolve: ResolveTxt = async (name) => {
  lookUps.push(name);
  const answer = zone.get(name) ?? 'ENOTFOUND';
  if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer });
  return answer.map((value) => [value]);
};

const service = (options: DomainsOptions = {}, on: Catalog = catalog) =>
  new Domains(on, { resolveTxt: resolve, now: () => now, ...options });

function publish({ challenge }: Domain): void {
  const { name = '', value = '' } = challenge ?? {};
  const present = zone.get(name);
  zone.set(name, [...(Array.isArray(present) ? present : []), value]);
}

const nameOf = ({ challenge }: Domain) => challenge?.name ?? '';
const pass = (ms: number) => {
  now = new Date(now.getTime() + ms);
};

beforeEach(async () => {
  database = await createTestDatabase();
  catalog = new Catalog({ url: database.url });
  await catalog.migrate();
  store = new PostgresTenantStore({ pool: catalog });
  acme = await store.create({ slug: 'acme' });
  globex = await store.create({ slug: 'globex' });
  now = new Date('2026-01-01T00:00:00Z');
  zone = new Map();
  lookUps = [];
});
afterEach(async () => {
  await catalog?.close();
  await database?.drop();
});

describe('the domains of a tenant', () => {
  it('are served when their record has been found', async () => {
    const domains = service();
    const added = await domains.add('acme', 'Bücher.example');
    expect(added).toEqual({
      domain: 'xn--bcher-kva.example',
      unicode: 'bücher.example',
      status: 'pending',
      isPrimary: false,
      challenge: {
        name: '_rowhouse-challenge.xn--bcher-kva.example',
        type: 'TXT',
        value: expect.stringMatching(/^rowhouse-domain-verification=[0-9a-f]{40}$/),
      },
      checkedAt: null,
      verifiedAt: null,
      failure: null,
      createdAt: now,
    });
    expect(await store.findByDomain(added.domain)).toBeUndefined();
    expect(await domains.verify('acme', added.domain)).toMatchObject({
      status: 'pending',
      failure: 'nxdomain',
      checkedAt: now,
    });
    publish(added);
    expect(await domains.verify(acme.id, 'bücher.example')).toMatchObject({
      status: 'verified',
      failure: null,
      verifiedAt: now,
    });
    expect(await store.findByDomain(added.domain)).toMatchObject({ slug: 'acme' });
    expect(await domains.list('acme', { limit: 10 })).toMatchObject([{ status: 'verified' }]);
    expect(await domains.list('globex', { limit: 10 })).toEqual([]);
  });

  it('stay as they are when they are added again', async () => {
    const domains = service();
    const [first, second] = await Promise.all([domains.add('acme', SHOP), domains.add('acme', SHOP)]);
    expect(second).toEqual(first);
    publish(first);
    await domains.verify('acme', SHOP);
    expect(await domains.add('acme', SHOP)).toMatchObject({ status: 'verified' });
  });

  it('may be claimed by two tenants, and belong to the first that proves one', async () => {
    const domains = service();
    publish(await domains.add('acme', SHOP));
    publish(await domains.add('globex', SHOP));
    expect(await domains.verify('globex', SHOP)).toMatchObject({ status: 'verified' });
    expect(await domains.verify('acme', SHOP)).toMatchObject({ status: 'failed', failure: 'taken' });
    expect(await store.findByDomain(SHOP)).toMatchObject({ slug: 'globex' });
    await store.create({ slug: 'initech' });
    await expect(domains.add('initech', SHOP)).rejects.toMatchObject({ code: 'DOMAIN_TAKEN', status: 409 });

    await domains.remove('globex', SHOP);
    expect(await store.findByDomain(SHOP)).toBeUndefined();
    expect(await domains.verify('acme', SHOP)).toMatchObject({ status: 'verified', failure: null });
  });

  it('belong to one of two that prove the same at once', async () => {
    const domains = service();
    for (const n of Array.from({ length: 8 }, (_, index) => index)) {
      const name = `n${n}.example.com`;
      for (const { slug } of [acme, globex]) publish(await domains.add(slug, name));
      const answers = await Promise.all([domains.verify('acme', name), domains.verify('globex', name)]);
      expect(answers.map(({ status, failure }) => `${status} ${failure}`).sort()).toEqual([
        'failed taken',
        'verified null',
      ]);
      const winner = answers[0]?.status === 'verified' ? 'acme' : 'globex';
      expect(await store.findByDomain(name)).toMatchObject({ slug: winner });
    }
  });

  it('keep to their rules when everything happens at once', async () => {
    const domains = service({ graceDays: 0 });
    const names = ['a.example.com', 'b.example.com'];
    const anything = (n: number): Promise<unknown> => {
      const tenant = n % 2 === 0 ? acme : globex;
      const name = names[(n >> 1) % 2] as string;
      const steps = [
        async () => publish(await domains.add(tenant.slug, name)),
        () => domains.verify(tenant.slug, name),
        () => domains.verify(tenant.slug, name),
        () => domains.makePrimary(tenant.slug, name),
        () => domains.checkDue(),
        () => domains.remove(tenant.slug, name),
        () => store.addDomain(tenant.id, name),
        () => store.removeDomain(tenant.id, name),
        () => catalog.query('update rowhouse.tenants set updated_at = now() where id = $1', [tenant.id]),
      ];
      return (steps[(n * 7) % steps.length] as () => Promise<unknown>)();
    };
    for (let round = 0; round < 15; round += 1) {
      pass(DAY_MS);
      const ended = await Promise.allSettled(Array.from({ length: 24 }, (_, n) => anything(n + round * 5)));
      for (const one of ended)
        if (one.status === 'rejected' && !(one.reason instanceof RowhouseError)) throw one.reason;
      const { rows } = await catalog.query(
        `select c.domain from rowhouse.domain_claims c
          where c.status = 'verified' and not exists (
            select from rowhouse.tenant_domains d where d.domain = c.domain and d.tenant_id = c.tenant_id)`,
      );
      expect(rows).toEqual([]);
    }
  });

  it('are proven by the record of the present claim only', async () => {
    const domains = service();
    const first = await domains.add('acme', SHOP);
    publish(first);
    let isRemoved = false;
    const slow = service({
      resolveTxt: async (...args) => {
        if (!isRemoved) {
          isRemoved = true;
          await domains.remove('acme', SHOP);
          await domains.add('acme', SHOP);
        }
        return resolve(...args);
      },
    });
    expect(await slow.verify('acme', SHOP)).toMatchObject({ status: 'pending', checkedAt: null });
    expect(await slow.verify('acme', SHOP)).toMatchObject({ status: 'pending', failure: 'other-value' });
    expect(await store.findByDomain(SHOP)).toBeUndefined();
  });

  it('that a script has entered are verified, have no challenge, and can be removed', async () => {
    const domains = service();
    await store.addDomain(acme.id, SHOP);
    expect(await domains.verify('acme', SHOP)).toMatchObject({ status: 'verified', challenge: null });
    await expect(domains.add('globex', SHOP)).rejects.toMatchObject({ code: 'DOMAIN_TAKEN' });
    pass(30 * DAY_MS);
    expect(await domains.checkDue()).toBe(0);
    expect(lookUps).toEqual([]);
    await store.addDomain(acme.id, '10.0.0.1');
    for (const name of [SHOP, '10.0.0.1']) {
      await domains.remove('acme', name);
      await expect(domains.find('acme', name)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' });
    }
  });

  it('that a script removes do not come back', async () => {
    const domains = service();
    publish(await domains.add('acme', SHOP));
    await domains.verify('acme', SHOP);
    await store.removeDomain(acme.id, SHOP);
    pass(2 * DAY_MS);
    expect(await domains.checkDue()).toBe(0);
    await expect(domains.find('acme', SHOP)).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' });
  });

  it('go with the tenant', async () => {
    const domains = service();
    publish(await domains.add('acme', SHOP));
    await domains.add('acme', 'other.example.com');
    await domains.verify('acme', SHOP);
    await store.remove(acme.id);
    publish(await domains.add('globex', SHOP));
    expect(await domains.verify('globex', SHOP)).toMatchObject({ status: 'verified' });
  });

  it('are no others, and of no other tenant', async () => {
    const domains = service({ reservedDomains: ['Example.org'] });
    await domains.add('acme', SHOP);
    for (const call of [
      domains.find('globex', SHOP),
      domains.verify('globex', SHOP),
      domains.makePrimary('globex', SHOP),
      domains.remove('globex', SHOP),
      domains.find('acme', 'no domain'),
    ])
      await expect(call).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' });
    await expect(domains.add('nobody', SHOP)).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    await expect(domains.add('acme', 'a.example.org')).rejects.toMatchObject({ code: 'DOMAIN_INVALID' });
    expect(() => service({ reservedDomains: ['https://example.org'] })).toThrow('reservedDomains');
    expect(() => service({ graceDays: -1 })).toThrow('graceDays');
  });

  it('leave an event with who changed them', async () => {
    const domains = service();
    const by = { type: 'operator', id: 'olga' };
    publish(await domains.add('acme', SHOP, { by }));
    await domains.add('acme', SHOP, { by });
    await domains.verify('acme', SHOP, { by });
    await domains.verify('acme', SHOP, { by });
    await domains.makePrimary('acme', SHOP, { by });
    await domains.remove('acme', SHOP, { by });
    const { rows } = await catalog.query('select type, actor from rowhouse.tenant_events order by id');
    expect(rows).toEqual(Array.from({ length: 4 }, () => ({ type: 'updated', actor: by })));
  });
});

describe('the primary domain', () => {
  it('is a verified one, and one of them', async () => {
    const domains = service();
    publish(await domains.add('acme', SHOP));
    await expect(domains.makePrimary('acme', SHOP)).rejects.toMatchObject({ code: 'DOMAIN_NOT_VERIFIED' });
    await domains.verify('acme', SHOP);
    await store.addDomain(acme.id, 'a.example.com');
    expect(await domains.makePrimary('acme', SHOP)).toMatchObject({ isPrimary: true });
    expect(await domains.makePrimary('acme', 'a.example.com')).toMatchObject({ isPrimary: true });
    expect(await domains.list('acme', { limit: 9 })).toMatchObject([
      { domain: 'a.example.com', isPrimary: true },
      { domain: SHOP, isPrimary: false },
    ]);
  });

  it('is one when several are chosen at once', async () => {
    const names = Array.from({ length: 6 }, (_, n) => `n${n}.example.com`);
    for (const name of names) await store.addDomain(acme.id, name);
    const domains = service();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(names.map((name) => domains.makePrimary('acme', name)));
      const found = await domains.list('acme', { limit: 9 });
      expect(found.filter(({ isPrimary }) => isPrimary)).toHaveLength(1);
    }
  });
});

describe('the check of domains that are due', () => {
  it('looks for new ones less and less often, for 7 days', async () => {
    const domains = service();
    await domains.add('acme', SHOP);
    expect(await domains.checkDue()).toBe(0);
    const at: number[] = [];
    for (let minute = 0; minute < 9 * 24 * 60; minute += 1) {
      pass(MINUTE_MS);
      if ((await isDue()) && (await domains.checkDue()) > 0) at.push(minute + 1);
    }
    expect(at.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(at.length).toBeLessThan(50);
    expect(await domains.find('acme', SHOP)).toMatchObject({ status: 'failed', failure: 'nxdomain' });
    expect(at.at(-1)).toBeGreaterThanOrEqual(7 * 24 * 60);
    expect(at.at(-1)).toBeLessThan(7.5 * 24 * 60);
    publish(await domains.find('acme', SHOP));
    expect(await domains.verify('acme', SHOP)).toMatchObject({ status: 'verified' });
  });

  it('finds the record of a new one', async () => {
    const domains = service();
    publish(await domains.add('acme', SHOP));
    pass(MINUTE_MS);
    expect(await domains.checkDue()).toBe(1);
    expect(await store.findByDomain(SHOP)).toMatchObject({ slug: 'acme' });
  });

  it('lets a proof lapse after days of failed checks, and not before', async () => {
    const domains = service({ graceDays: 2 });
    const added = await domains.add('acme', SHOP);
    publish(added);
    await domains.verify('acme', SHOP);
    zone.set(nameOf(added), ['rowhouse-domain-verification=other']);
    for (let day = 0; day < 2; day += 1) {
      pass(DAY_MS);
      expect(await domains.checkDue()).toBe(1);
      // However often it is asked for meanwhile.
      for (let n = 0; n < 5; n += 1) await domains.verify('acme', SHOP);
      expect(await domains.find('acme', SHOP)).toMatchObject({ status: 'verified', failure: 'other-value' });
      expect(await store.findByDomain(SHOP)).toBeDefined();
    }
    pass(DAY_MS);
    await domains.checkDue();
    expect(await domains.find('acme', SHOP)).toMatchObject({ status: 'lapsed', isPrimary: false });
    expect(await store.findByDomain(SHOP)).toBeUndefined();
    pass(30 * DAY_MS);
    expect(await domains.checkDue()).toBe(0);

    publish(await domains.add('globex', SHOP));
    expect(await domains.verify('globex', SHOP)).toMatchObject({ status: 'verified' });
  });

  it('forgets failures once the record is back', async () => {
    const domains = service({ graceDays: 2 });
    const added = await domains.add('acme', SHOP);
    publish(added);
    await domains.verify('acme', SHOP);
    for (let day = 0; day < 8; day += 1) {
      if (day % 2 === 0) zone.delete(nameOf(added));
      else publish(added);
      pass(DAY_MS);
      expect(await domains.checkDue()).toBe(1);
    }
    expect(await domains.find('acme', SHOP)).toMatchObject({ status: 'verified', failure: null });
  });

  it.each(['ETIMEOUT', 'ESERVFAIL'])('does not take %s for a missing record', async (code) => {
    const domains = service({ graceDays: 0 });
    const added = await domains.add('acme', SHOP);
    publish(added);
    await domains.verify('acme', SHOP);
    zone.set(nameOf(added), code);
    for (let day = 0; day < 10; day += 1) {
      pass(DAY_MS);
      await domains.checkDue();
    }
    expect(await domains.find('acme', SHOP)).toMatchObject({
      status: 'verified',
      failure: code === 'ETIMEOUT' ? 'timeout' : 'server-failure',
    });
    zone.delete(nameOf(added));
    pass(DAY_MS);
    await domains.checkDue();
    expect(await domains.find('acme', SHOP)).toMatchObject({ status: 'lapsed', failure: 'nxdomain' });
  });

  it('is made by one process at a time, and looks at each domain once', async () => {
    const other = new Catalog({ url: database.url });
    try {
      const names = Array.from({ length: 230 }, (_, n) => `n${n}.example.com`);
      const tenants = ['acme', 'globex', 'initech'];
      await store.create({ slug: 'initech' });
      const domains = service();
      // Of several tenants: one may claim only so many.
      for (const [n, name] of names.entries()) await domains.add(tenants[n % 3] as string, name);
      pass(MINUTE_MS);
      const counts = await Promise.all([
        domains.checkDue(),
        domains.checkDue(),
        service({}, other).checkDue(),
      ]);
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(230);
      expect(new Set(lookUps).size).toBe(230);
      expect(lookUps).toHaveLength(230);
    } finally {
      await other.close();
    }
  });

  it('stops when it is told to, and leaves the rest due', async () => {
    const stop = new AbortController();
    const domains = service({
      resolveTxt: () => {
        stop.abort();
        return new Promise(() => {});
      },
    });
    for (const name of ['a.example.com', 'b.example.com']) await domains.add('acme', name);
    pass(MINUTE_MS);
    expect(await domains.checkDue({ signal: stop.signal })).toBe(0);
    expect(await domains.checkDue({ signal: stop.signal })).toBe(0);
    expect(await service().checkDue()).toBe(2);
  });

  async function isDue(): Promise<boolean> {
    const { rows } = await catalog.query('select from rowhouse.domain_claims where next_check_at <= $1', [
      now,
    ]);
    return rows.length > 0;
  }
});

describe('claims that are not proven', () => {
  const claim = (count: number) =>
    catalog.query(
      `insert into rowhouse.domain_claims (tenant_id, domain, token, status)
         select $1, 'd' || n || '.example.com', n::text, (array['pending', 'failed', 'lapsed'])[1 + n % 3] from generate_series(1, $2::int) n`,
      [acme.id, count],
    );

  it('are at most 100 of a tenant, however many are made at once', async () => {
    await claim(98);
    const added = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) => service().add('acme', `new${n}.example.com`)),
    );
    expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const one of added)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'DOMAIN_LIMIT_REACHED', status: 409 });
    expect(await service().add('globex', SHOP)).toMatchObject({ status: 'pending' });
  });

  it('give way when one is proven or removed, and one that is there can be added again', async () => {
    const domains = service();
    publish(await domains.add('acme', SHOP));
    await claim(99);
    await expect(domains.add('acme', 'more.example.com')).rejects.toThrow('100 domains');
    expect(await domains.add('acme', SHOP)).toMatchObject({ domain: SHOP });
    await domains.verify('acme', SHOP);
    await domains.add('acme', 'more.example.com');
    await expect(domains.add('acme', 'most.example.com')).rejects.toThrow('100 domains');
    await domains.remove('acme', 'd1.example.com');
    await domains.add('acme', 'most.example.com');
  });

  it('keep nobody from the domain', async () => {
    const domains = service();
    await domains.add('acme', SHOP);
    publish(await domains.add('globex', SHOP));
    expect(await domains.verify('globex', SHOP)).toMatchObject({ status: 'verified' });
  });
});
