/** @suite postgres15 */
import type { Tenant } from '@rowhouse/core';
import { adopt } from '../../adopt/index.js';
import { ordinaryOwner } from '../../adopt/old-app.fixture.js';
import { type Deployment, openDeployment } from '../../deployment.fixture.js';
import type { PurgeBatches, PurgeControl } from './purge-control.js';
import { purgeHome } from './purge-home.js';

let deployment: Deployment;
const query = async (text: string, values: unknown[] = []) =>
  (await deployment.catalog.query(text, values)).rows;
const purge = (tenant: Tenant, control?: PurgeControl, batches?: PurgeBatches) =>
  purgeHome(deployment.registry, tenant, control, batches);

beforeEach(async () => {
  deployment = await openDeployment();
});
afterEach(() => deployment.close());

describe('purging a schema', () => {
  const TABLES = 300;
  /** More locks than one batch needs, and far fewer than dropping everything in one transaction would need. */
  const MOST_LOCKS = 400;

  async function bigTenant(): Promise<Tenant> {
    const tenant = await deployment.tenant('acme');
    await query(`do $$ begin
      for i in 1..${TABLES} loop
        execute format('create table tenant_acme.t%s (id serial primary key, other int)', i);
        if i > 1 then
          execute format('alter table tenant_acme.t%s add foreign key (other) references tenant_acme.t%s', i, i - 1);
        end if;
        if i % 10 = 0 then execute format('create view tenant_acme.v%s as select * from tenant_acme.t%s', i, i); end if;
      end loop;
      alter table tenant_acme.t1 add foreign key (other) references tenant_acme.t${TABLES};
      create table tenant_acme.p (id int) partition by range (id);
      for i in 1..60 loop
        execute format('create table tenant_acme.p%s partition of tenant_acme.p for values from (%s) to (%s)', i, i, i + 1);
      end loop;
      create type tenant_acme.mood as enum ('a'); create function tenant_acme.f() returns int language sql as 'select 1';
      create domain tenant_acme.price as int;
    end $$`);
    return tenant;
  }

  /** Records how many locks each transaction that drops something holds. */
  async function countLocks(): Promise<void> {
    await query(`create table public.held (locks int);
      create function public.note_locks() returns event_trigger language plpgsql as $$ begin
        insert into public.held select count(*) from pg_locks where pid = pg_backend_pid(); end $$;
      create event trigger note_locks on sql_drop execute function public.note_locks()`);
  }

  const remains = () =>
    query(
      `select (select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname = 'tenant_acme') as relations,
              (select count(*)::int from pg_namespace where nspname = 'tenant_acme') as schemas,
              (select count(*)::int from pg_roles where rolname = $1) as roles`,
      [`${deployment.prefix}_${tenantId.replaceAll('-', '')}`],
    );
  let tenantId: string;

  it('removes everything, and holds few locks at the same time', async () => {
    const tenant = await bigTenant();
    tenantId = tenant.id;
    await countLocks();
    await purge(tenant);
    expect(await remains()).toEqual([{ relations: 0, schemas: 0, roles: 0 }]);
    const [held] = await query('select max(locks) as most, count(*)::int as drops from public.held');
    expect(held.drops).toBeGreaterThan(TABLES);
    expect(held.most).toBeLessThan(MOST_LOCKS);
  });

  it('continues where it was stopped, and can be repeated', async () => {
    const tenant = await bigTenant();
    tenantId = tenant.id;
    const stop = new AbortController();
    const stopped = purge(tenant, {
      signal: stop.signal,
      onProgress: ({ step }) => step === 'relations' && stop.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
    const [half] = await remains();
    expect(half).toMatchObject({ schemas: 1, roles: 1 });
    expect(half.relations).toBeGreaterThan(0);
    await purge(tenant);
    await purge(tenant);
    expect(await remains()).toEqual([{ relations: 0, schemas: 0, roles: 0 }]);
  });

  it('continues after its connection was terminated', async () => {
    const tenant = await bigTenant();
    tenantId = tenant.id;
    const blocker = await deployment.pool.connect();
    await blocker.query('begin; lock table tenant_acme.t150 in access share mode');
    const cut = purge(tenant);
    const isCut = expect(cut).rejects.toThrow();
    let pid: number | undefined;
    while (pid === undefined)
      [{ pid } = { pid: undefined }] = await query(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
    await query('select pg_terminate_backend($1)', [pid]);
    await isCut;
    await blocker.query('rollback');
    blocker.release();
    await purge(tenant);
    expect(await remains()).toEqual([{ relations: 0, schemas: 0, roles: 0 }]);
  });
});

describe('purging rows', () => {
  /** Two tenants with rows in tables with references: in a chain, in a cycle, and to themselves. */
  async function twoTenants(): Promise<{ first: Tenant; other: Tenant }> {
    await query(`
      create table places (id serial primary key, name text);
      create table teams (id serial primary key, place int not null references places, captain int);
      create table players (id serial primary key, team int not null references teams, trainer int references players);
      alter table teams add foreign key (captain) references players;
      create table goals (id serial primary key, player int not null references players);
      create table scores (at int, what text) partition by list (at);
      create table scores_1 partition of scores for values in (1); create table scores_2 partition of scores for values in (2)`);
    const { tenant: first } = await adopt(deployment.parts(), {
      tenant: { slug: 'first', isolation: 'row' },
    });
    const other = await deployment.tenant('other', { isolation: 'row' });
    for (const tenant of [first, other]) {
      const run = (text: string) => deployment.registry.for(tenant).query(text);
      await run("insert into places (name) select 'x' from generate_series(1, 10)");
      await run('insert into teams (place) select id from places');
      await run('insert into players (team) select id from teams');
      await run('update teams set captain = (select min(id) from players)');
      await run('update players set trainer = (select max(p.id) from players p)');
      await run('insert into goals (player) select id from players');
      await run("insert into scores select 1 + i % 2, 'x' from generate_series(1, 7) i");
    }
    return { first, other };
  }

  const COUNTS = ['places', 'teams', 'players', 'goals', 'scores']
    .map((table) => `(select count(*)::int from ${table} where tenant_id = $1) as ${table}`)
    .join(', ');
  const counts = (tenant: Tenant) => query(`select ${COUNTS}`, [tenant.id]);
  const SMALL: PurgeBatches = { tables: 20, rows: 3 };
  const NONE = { places: 0, teams: 0, players: 0, goals: 0, scores: 0 };
  const ALL = { places: 10, teams: 10, players: 10, goals: 10, scores: 7 };

  it("deletes the tenant's rows from every table, and no others", async () => {
    const { first, other } = await twoTenants();
    const deleted: number[] = [];
    const onProgress: PurgeControl['onProgress'] = ({ step, done }) => step === 'rows' && deleted.push(done);
    await purge(first, { onProgress }, SMALL);
    expect(await counts(first)).toEqual([NONE]);
    expect(await counts(other)).toEqual([ALL]);
    expect(deleted.at(-1)).toBe(47);
    await query('delete from rowhouse.tenants where id = $1', [first.id]);
  });

  it('continues where it was stopped, and can be repeated', async () => {
    const { first } = await twoTenants();
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('stopped'));
    const stopped = purge(first, { signal: stop.signal, onProgress }, SMALL);
    await expect(stopped).rejects.toThrow('stopped');
    expect(await counts(first)).not.toEqual([NONE]);
    await purge(first);
    await purge(first);
    expect(await counts(first)).toEqual([NONE]);
  });

  it("leaves tables in tenants' schemas alone, which a doctor makes for a while", async () => {
    const { first } = await twoTenants();
    await query(`create schema tenant_rhdoctor_x; create table tenant_rhdoctor_x.probe (tenant_id uuid);
      create policy rowhouse_tenant on tenant_rhdoctor_x.probe using (true)`);
    await purge(first);
    expect(await counts(first)).toEqual([NONE]);
  });

  it('deletes rows of tables with rules', async () => {
    const { first, other } = await twoTenants();
    await query(`create table log (what text); grant all on log to public;
      create rule noted as on delete to goals do also insert into log values ('goal')`);
    await purge(first);
    expect(await counts(first)).toEqual([NONE]);
    expect(await counts(other)).toEqual([ALL]);
  });

  it('is refused where a table in another schema refers to a row, whoever may read that schema', async () => {
    const { first } = await twoTenants();
    await query('create schema reports; create table reports.r (place int references public.places)');
    await query('insert into reports.r select min(id) from places where tenant_id = $1', [first.id]);
    await expect(purge(first)).rejects.toThrow(/reports\.r \(place = 1\) by r_place_fkey to public\.places/);
    expect(await counts(first)).toEqual([ALL]);
  });

  it('fails when rows are inserted meanwhile', async () => {
    const { first } = await twoTenants();
    await query(`create function again() returns trigger language plpgsql as $$ begin
      insert into goals (player, tenant_id) values (null, old.tenant_id); return null; end $$;
      alter table goals alter player drop not null;
      create trigger again after delete on places for each row execute function again()`);
    await expect(purge(first)).rejects.toThrow('public.goals');
  });
});

describe('what stands in the way of a purge', () => {
  it('is what uses the schema from outside of it: nothing is removed, and each is named', async () => {
    const tenant = await deployment.tenant('acme');
    await query(`create table tenant_acme.a (id int primary key) partition by range (id);
      create type tenant_acme.mood as enum ('calm');
      create function tenant_acme.one() returns int language sql as 'select 1';
      create schema reports;
      create view reports.v as select * from tenant_acme.a;
      create table reports.r (a_id int references tenant_acme.a, mood tenant_acme.mood, n int default tenant_acme.one());
      create table reports.part partition of tenant_acme.a for values from (1) to (9);
      create function reports.f() returns setof tenant_acme.a begin atomic select * from tenant_acme.a; end`);
    const before = await query('select count(*)::int as relations from pg_class');
    const purging = purge(tenant);
    await expect(purging).rejects.toMatchObject({ code: 'MIGRATION_CONFLICT' });
    for (const name of [
      'view reports.v',
      'table constraint r_a_id_fkey on reports.r',
      'default value for reports.r.n',
      'table reports.part',
      'function reports.f()',
      'table column reports.r.mood',
    ])
      await expect(purging).rejects.toThrow(name);
    expect(await query('select count(*)::int as relations from pg_class')).toEqual(before);
    await query('drop schema reports cascade');
    await purge(tenant);
    expect(await query("select from pg_namespace where nspname = 'tenant_acme'")).toEqual([]);
  });

  it('is no object of the schema itself, and no publication of its tables', async () => {
    const tenant = await deployment.tenant('acme');
    await query(`create table tenant_acme.a (id serial primary key, parent int references tenant_acme.a);
      create view tenant_acme.v as select * from tenant_acme.a;
      create type tenant_acme.mood as enum ('calm'); create type tenant_acme.state as enum ('calm');
      create cast (tenant_acme.mood as tenant_acme.state) with inout;
      create publication chosen for table tenant_acme.a; create publication all_of_it for tables in schema tenant_acme`);
    await purge(tenant);
    expect(await query('select pubname from pg_publication order by 1')).toEqual([
      { pubname: 'all_of_it' },
      { pubname: 'chosen' },
    ]);
  });

  /** The statements of a remedy, in its order: before the purge, and after it. */
  const remedyIn = (message: string): [before: string, after: string] => {
    const [before = '', after = ''] = (/run: (.*)$/s.exec(message)?.[1] ?? '').split('; and after it: ');
    return [before, after];
  };

  async function afterRemedy(tenant: Tenant): Promise<void> {
    const message = await purge(tenant).then(
      () => 'It was purged.',
      (error: Error) => error.message,
    );
    expect(message).toMatch(/^Nothing was removed/);
    const [before, after] = remedyIn(message);
    await query(before);
    await purge(tenant);
    if (after) await query(after);
  }

  describe('an event trigger', () => {
    const forbid = (condition: string) =>
      query(`create sequence public.drops;
        create function public.frozen() returns event_trigger language plpgsql as $$ begin
          if ${condition} then raise exception 'the structure is frozen'; end if; end $$;
        create event trigger "no DDL" on ddl_command_start execute function public.frozen();
        alter event trigger "no DDL" enable always`);

    it.each(["tg_tag = 'DROP TABLE'", "tg_tag = 'DROP SCHEMA'"])(
      'is named with its remedy before anything is removed: %s',
      async (condition) => {
        const tenant = await deployment.tenant('acme');
        await query('create table tenant_acme.a (id int); create table tenant_acme.b (id int)');
        await forbid(condition);
        await expect(purge(tenant)).rejects.toThrow(
          /^Nothing was removed: the event trigger "no DDL" refuses it: the structure is frozen/,
        );
        expect(await query("select tablename from pg_tables where schemaname = 'tenant_acme'")).toHaveLength(
          2,
        );
        await afterRemedy(tenant);
        expect(await query("select from pg_namespace where nspname = 'tenant_acme'")).toEqual([]);
        expect(await query('select evtenabled from pg_event_trigger')).toEqual([{ evtenabled: 'A' }]);
      },
    );

    it('that refuses it only later is named, and the purge goes on without it', async () => {
      const tenant = await deployment.tenant('acme');
      await query('create table tenant_acme.a (id int)');
      await forbid("tg_tag = 'DROP TABLE' and nextval('public.drops') > 1");
      const purging = purge(tenant);
      await expect(purging).rejects.toMatchObject({ code: 'MIGRATION_CONFLICT' });
      await expect(purging).rejects.toThrow(
        /^The purge is not finished: the event trigger "no DDL" refuses it/,
      );
      await query('alter event trigger "no DDL" disable');
      await purge(tenant);
      expect(await query("select from pg_namespace where nspname = 'tenant_acme'")).toEqual([]);
    });
  });

  describe('what keeps rows', () => {
    const PARENT =
      'create table parent (id int primary key, name text, note text); create table child (parent int references parent)';
    const GUARD = (body: string) =>
      `create function guard() returns trigger language plpgsql as $$ begin ${body}; end $$;`;

    it.each([
      [
        'a trigger that returns null',
        `${GUARD('return null')} create trigger "Keep" before delete on parent for each row execute function guard()`,
        'trigger "Keep" on parent',
      ],
      [
        'a trigger that fails',
        `${GUARD("raise exception 'append only'")} create trigger kept after delete on child for each statement execute function guard()`,
        'append only.*trigger kept on child',
      ],
      ['a rule', 'create rule kept as on delete to parent do instead nothing', 'rule kept on parent'],
      [
        'a publication with a filter',
        "create publication p for table parent where (name <> 'x'), child; alter table child replica identity full",
        'publication p',
      ],
      [
        'a publication with a list of columns',
        'create publication p for table parent (name), child; alter table child replica identity full',
        'publication p',
      ],
      ['a publication of tables without identity', 'create publication p for all tables', 'publication p'],
    ])('is named with its remedy before anything is removed: %s', async (_, statements, named) => {
      await query(PARENT);
      const { tenant: first } = await adopt(deployment.parts(), {
        tenant: { slug: 'first', isolation: 'row' },
      });
      const run = (text: string) => deployment.registry.for(first).query(text);
      await run("insert into parent values (1, 'a'), (2, 'b')");
      await run('insert into child values (1), (2)');
      await query(statements);
      await expect(purge(first)).rejects.toMatchObject({ code: 'MIGRATION_CONFLICT' });
      await expect(purge(first)).rejects.toThrow(
        new RegExp(`^Nothing was removed: rows of public.*${named}`),
      );
      const count = () =>
        query('select (select count(*)::int from parent) + (select count(*)::int from child) as count');
      expect(await count()).toEqual([{ count: 4 }]);
      await afterRemedy(first);
      expect(await count()).toEqual([{ count: 0 }]);
    });

    it('is a trigger of a partitioned table, whatever its code', async () => {
      await query(`create table trail (id int primary key) partition by range (id);
        create table trail_0 partition of trail for values from (0) to (9); create table trail_rest partition of trail default;
        ${GUARD("raise exception 'append only' using errcode = 'restrict_violation'")}
        create trigger kept before delete on trail for each row execute function guard()`);
      const { tenant: first } = await adopt(deployment.parts(), {
        tenant: { slug: 'first', isolation: 'row' },
      });
      await deployment.registry.for(first).query('insert into trail values (1), (2), (50)');
      await expect(purge(first)).rejects.toThrow(/because of the trigger kept on trail\. For/);
      await afterRemedy(first);
      expect(await query('select from trail')).toEqual([]);
      expect(await query('select distinct tgenabled from pg_trigger where tgname = $1', ['kept'])).toEqual([
        { tgenabled: 'O' },
      ]);
    });

    it.each(['all', 'delete'])('is a policy that hides rows from their tenant: for %s', async (command) => {
      await query(PARENT);
      const { tenant: first } = await adopt(deployment.parts(), {
        tenant: { slug: 'first', isolation: 'row' },
      });
      await deployment.registry.for(first).query("insert into parent values (1, 'sealed'), (2, 'b')");
      await query(`create policy "Seal" on parent as restrictive for ${command} using (name <> 'sealed')`);
      const policies = () => query("select * from pg_policies where policyname = 'Seal'");
      const before = await policies();
      await expect(purge(first)).rejects.toThrow(
        /^Nothing was removed: rows of public\.parent .* by the policy "Seal" on parent/,
      );
      await afterRemedy(first);
      expect(await query('select from parent')).toEqual([]);
      expect(await policies()).toEqual(before);
    });

    it('is a policy that hides rows, where the owner is no superuser', async () => {
      await using owner = await ordinaryOwner(deployment);
      await query(`grant ${owner.former} to ${owner.login}`);
      const parts = deployment.parts(owner.registry);
      const { tenant: first } = await adopt(parts, {
        tenant: { slug: 'first', isolation: 'row' },
        keep: ['countries'],
      });
      await query("create policy seal on customers as restrictive using (email <> 'a@x.test')");
      await expect(purgeHome(owner.registry, first)).rejects.toThrow(
        /^Nothing was removed: rows of public\.customers are hidden .* by the policy seal on customers/,
      );
      expect(
        await query("select relforcerowsecurity as forced from pg_class where relname = 'customers'"),
      ).toEqual([{ forced: true }]);
    });

    it('is no policy that hides no row', async () => {
      await query(PARENT);
      const { tenant: first } = await adopt(deployment.parts(), {
        tenant: { slug: 'first', isolation: 'row' },
      });
      await deployment.registry.for(first).query("insert into parent values (1, 'a')");
      await query("create policy seal on parent as restrictive using (name <> 'sealed')");
      await purge(first);
      expect(await query('select from parent')).toEqual([]);
    });

    it('is no trigger that only protects rows that others refer to', async () => {
      await query(`${PARENT}; ${GUARD("if exists (select from child c where c.parent = old.id) then raise exception 'in use'; end if; return old")}
        create trigger guard before delete on parent for each row execute function guard()`);
      const { tenant: first } = await adopt(deployment.parts(), {
        tenant: { slug: 'first', isolation: 'row' },
      });
      await deployment.registry.for(first).query("insert into parent values (1, 'a')");
      await deployment.registry.for(first).query('insert into child values (1)');
      await purge(first);
      expect(await query('select from parent')).toEqual([]);
    });
  });

  it.each(['', 'on delete cascade', 'on delete set null'])(
    'is a row of another tenant that refers to a row of this one: %s',
    async (action) => {
      await query(`create table parent (code text primary key);
        create table child (code text references parent ${action}, note text)`);
      const { tenant: first } = await adopt(deployment.parts(), {
        tenant: { slug: 'first', isolation: 'row' },
      });
      const other = await deployment.tenant('other', { isolation: 'row' });
      await deployment.registry.for(first).query("insert into parent values ('x'), ('y')");
      await deployment.registry.for(first).query("insert into child values ('y')");
      await deployment.registry.for(other).query("insert into child values ('x')");
      await expect(purge(first)).rejects.toThrow(
        /public\.child \(code = x of other\) by child_code_fkey to public\.parent/,
      );
      expect(await query('select count(*)::int from parent')).toEqual([{ count: 2 }]);
      await deployment.registry.for(other).query('delete from child');
      await purge(first);
      expect(await query('select count(*)::int from parent')).toEqual([{ count: 0 }]);
    },
  );
});

it('drops the database of a tenant that has one, and its role', async () => {
  const tenant = await deployment.tenant('acme', { isolation: 'database' });
  await purge(tenant);
  await purge(tenant);
  expect(
    await query('select from pg_database where datname = $1', [`tenant_acme_${tenant.id.slice(0, 8)}`]),
  ).toEqual([]);
});
