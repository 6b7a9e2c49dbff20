/** @suite postgres15 */
import { Catalog } from '@rowhouse/core';
import { auditStatement } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { Audit } from './audit.js';

let database: TestDatabase;
let catalog: Catalog;
let audit: Audit;

beforeEach(async () => {
  database = await createTestDatabase();
  catalog = new Catalog({ url: database.url });
  await catalog.migrate();
  audit = new Audit(catalog);
});
afterEach(async () => {
  await catalog.close();
  await database.drop();
});

const by = { type: 'operator', id: 'ann' };
const TENANT = '0190163d-8694-739b-aea5-966c26f8ad91';

const append = (count: number) =>
  catalog.run(
    Array.from({ length: count }, (_, n) =>
      auditStatement({ action: 'domain.added', target: `${n + 1}.test`, by, after: { n } }),
    ),
  );

/** What only a superuser can do. */
const tamper = (sql: string) =>
  catalog.run([{ text: "set local session_replication_role = 'replica'" }, { text: sql }]);

/** Moves entries to other months, as time would have: the chain is made anew. */
async function moveInTime(...moves: [upTo: number, at: string][]): Promise<void> {
  await tamper(`
    do $$
    declare e rowhouse.audit_entries; previous bytea := decode(repeat('00', 32), 'hex');
    begin
      create temporary table moved on commit drop as select * from rowhouse.audit_entries order by seq;
      delete from rowhouse.audit_entries;
      for e in select * from moved order by seq loop
        e.at := case ${moves.map(([upTo, at]) => `when e.seq <= ${upTo} then '${at}'::timestamptz`).join(' ')} else e.at end;
        e.previous_hash := previous;
        e.hash := rowhouse.audit_hash(e);
        previous := e.hash;
        perform rowhouse.make_audit_partition(e.at);
        insert into rowhouse.audit_entries select (e).*;
      end loop;
      update rowhouse.audit_head set hash = previous;
    end $$`);
}

describe('verify', () => {
  it('finds nothing in an empty trail', async () => {
    expect(await audit.verify()).toMatchObject({ isIntact: true, entries: 0, head: { seq: 0 } });
  });

  it('walks all entries of a trail that nobody touched, in batches', async () => {
    await append(2_500);
    const seen: number[] = [];
    const found = await audit.verify({ onProgress: ({ done }) => seen.push(done) });
    expect(found).toMatchObject({ isIntact: true, fault: null, entries: 2_500, head: { seq: 2_500 } });
    expect(seen).toEqual([1_000, 2_000, 2_500]);
    const [newest] = await audit.list({ limit: 1 });
    expect(found.head.hash).toBe(newest?.hash);
  });

  it('walks while entries are appended', async () => {
    await append(1_500);
    const [found] = await Promise.all([audit.verify(), ...Array.from({ length: 10 }, () => append(1))]);
    expect(found).toMatchObject({ isIntact: true });
    expect(await audit.verify()).toMatchObject({ isIntact: true, entries: 1_510 });
  });

  it('stops when it is told to', async () => {
    await append(1);
    await expect(audit.verify({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  const forged = (seq: string, at = 'at') =>
    `insert into rowhouse.audit_entries select f.seq, f.at, f.actor, f.request_id, f.address, f.action, f.tenant_id, f.target,
       f.before, f.after, f.reason, f.previous_hash, rowhouse.audit_hash(f) from (
       select ${seq} as seq, ${at} as at, actor, request_id, address, action, tenant_id, 'forged' as target, before, after, reason,
              hash as previous_hash, hash from rowhouse.audit_entries e order by e.seq desc limit 1) r,
       lateral (select (row(r.seq, r.at, r.actor, r.request_id, r.address, r.action, r.tenant_id, r.target, r.before, r.after,
         r.reason, r.previous_hash, r.hash)::rowhouse.audit_entries).*) f`;

  it.each([
    ['a changed text', "update rowhouse.audit_entries set target = 'x' where seq = 7", 7, 'changed'],
    [
      'one flipped byte of a hash',
      'update rowhouse.audit_entries set hash = set_byte(hash, 5, get_byte(hash, 5) # 1) where seq = 7',
      7,
      'changed',
    ],
    [
      'one flipped byte of the hash before',
      'update rowhouse.audit_entries set previous_hash = set_byte(previous_hash, 5, get_byte(previous_hash, 5) # 1) where seq = 7',
      7,
      'changed',
    ],
    [
      'another moment',
      "update rowhouse.audit_entries set at = at + interval '1 ms' where seq = 7",
      7,
      'changed',
    ],
    ['another actor', 'update rowhouse.audit_entries set actor = null where seq = 7', 7, 'changed'],
    [
      'a number in the JSON written otherwise',
      `update rowhouse.audit_entries set after = '{"n": 6.0}' where seq = 7`,
      7,
      'changed',
    ],
    [
      'a changed entry with a hash that fits it',
      "update rowhouse.audit_entries e set target = 'x' where seq = 7; update rowhouse.audit_entries e set hash = rowhouse.audit_hash(e) where seq = 7",
      8,
      'unchained',
    ],
    ['a deleted entry', 'delete from rowhouse.audit_entries where seq = 7', 7, 'missing'],
    ['the first deleted', 'delete from rowhouse.audit_entries where seq = 1', 1, 'missing'],
    ['the last deleted', 'delete from rowhouse.audit_entries where seq = 20', 20, 'missing'],
    ['all deleted', 'delete from rowhouse.audit_entries', 1, 'missing'],
    [
      'two swapped',
      `update rowhouse.audit_entries set seq = -7 where seq = 7; update rowhouse.audit_entries set seq = 7 where seq = 8;
       update rowhouse.audit_entries set seq = 8 where seq = -7`,
      7,
      'changed',
    ],
    ['one behind the head', forged('seq + 1'), 21, 'forged'],
    ['one far behind the head', forged('seq + 100'), 120, 'forged'],
    ['a second one of a number', forged('7::int8', "at + interval '1 ms'"), 7, 'forged'],
    [
      'another last entry',
      "update rowhouse.audit_entries e set target = 'x' where seq = 20; update rowhouse.audit_entries e set hash = rowhouse.audit_hash(e) where seq = 20",
      20,
      'unchained',
    ],
    [
      'a dropped partition',
      `do $$ begin execute (select 'drop table ' || tableoid::regclass from rowhouse.audit_entries limit 1); end $$`,
      1,
      'missing',
    ],
    [
      'a checkpoint that hides what was deleted',
      'insert into rowhouse.audit_checkpoints (seq, hash, entries) select seq, hash, seq from rowhouse.audit_entries where seq = 7; delete from rowhouse.audit_entries where seq <= 7',
      7,
      'checkpoint',
    ],
  ])('names %s', async (_what, sql, seq, problem) => {
    await append(20);
    await tamper(sql);
    expect(await audit.verify()).toMatchObject({ isIntact: false, fault: { seq, problem } });
  });
});

describe('dropBefore', () => {
  beforeEach(async () => {
    await append(10);
    await moveInTime([3, '2024-01-15'], [6, '2024-02-10'], [8, '2024-03-01']);
  });

  it('removes whole months, and what is left is verified from there', async () => {
    expect(await audit.verify()).toMatchObject({ isIntact: true, entries: 10 });
    expect(await audit.dropBefore('2024-02-29', { by, reason: 'retention' })).toEqual({
      entries: 3,
      lastSeq: 3,
    });
    expect(await audit.verify()).toMatchObject({ isIntact: true, entries: 8, droppedUpTo: 3 });
    expect(await audit.dropBefore('2024-03-01')).toEqual({ entries: 3, lastSeq: 6 });
    await append(3);
    expect(await audit.verify()).toMatchObject({
      isIntact: true,
      entries: 9,
      droppedUpTo: 6,
      head: { seq: 15 },
    });
    const found = await audit.list({ limit: 100 });
    expect(found.map(({ seq }) => seq)).toEqual([15, 14, 13, 12, 11, 10, 9, 8, 7]);
    expect(found.find(({ seq }) => seq === 11)).toMatchObject({
      action: 'audit.dropped',
      actor: by,
      reason: 'retention',
      after: { before: '2024-02-29', entries: 3, lastSeq: 3 },
    });
  });

  it('records nothing when there is nothing to remove', async () => {
    expect(await audit.dropBefore('2024-01-31')).toEqual({ entries: 0, lastSeq: null });
    expect(await audit.list({ limit: 1 })).toMatchObject([{ seq: 10 }]);
  });

  it('never removes the month that is under way', async () => {
    const today = new Date().toISOString().slice(0, 10);
    expect(await audit.dropBefore(today)).toEqual({ entries: 8, lastSeq: 8 });
    await expect(audit.dropBefore('2999-01-01')).rejects.toThrow(/not in the future/);
    await expect(audit.dropBefore('yesterday')).rejects.toThrow(/audit.dropBefore/);
    await expect(catalog.query("select rowhouse.drop_audit_before('2999-01-01')")).rejects.toThrow(/future/);
  });

  it('runs while changes are made and the chain is verified', async () => {
    const [, ...found] = await Promise.all([
      audit.dropBefore('2024-04-01'),
      audit.verify(),
      audit.verify(),
      ...Array.from({ length: 10 }, () => append(1)),
    ]);
    expect(found.slice(0, 2)).toMatchObject([{ isIntact: true }, { isIntact: true }]);
    expect(await audit.verify()).toMatchObject({ isIntact: true, droppedUpTo: 8, head: { seq: 21 } });
  });

  it('leaves faults behind it to be found, and finds what was put back', async () => {
    await audit.dropBefore('2024-02-01');
    await tamper("update rowhouse.audit_entries set target = 'x' where seq = 5");
    expect(await audit.verify()).toMatchObject({ fault: { seq: 5, problem: 'changed' } });
    await tamper('update rowhouse.audit_entries set seq = 2 where seq = 5');
    expect(await audit.verify()).toMatchObject({ fault: { seq: 2, problem: 'forged' } });
  });
});

describe('list', () => {
  it('filters by tenant, actor, beginning of the action and time, in pages', async () => {
    await catalog.run([
      auditStatement({ action: 'api_key.created', tenantId: TENANT, by }),
      auditStatement({ action: 'api_key.revoked', tenantId: TENANT, by: { type: 'operator', id: 'ben' } }),
      auditStatement({ action: 'domain.added', tenantId: TENANT, by }),
      auditStatement({ action: 'api_key.created', by, address: '10.0.0.1' }),
    ]);
    const seqs = async (filter: object) => (await audit.list({ limit: 10, ...filter })).map(({ seq }) => seq);
    expect(await seqs({})).toEqual([4, 3, 2, 1]);
    expect(await seqs({ tenant: TENANT })).toEqual([3, 2, 1]);
    expect(await seqs({ actor: 'ann' })).toEqual([4, 3, 1]);
    expect(await seqs({ action: 'api_key.' })).toEqual([4, 2, 1]);
    expect(await seqs({ action: 'api%' })).toEqual([]);
    expect(await seqs({ tenant: TENANT, action: 'api_key.', actor: 'ben' })).toEqual([2]);
    expect(await seqs({ to: new Date('2020-01-01') })).toEqual([]);
    expect(await seqs({ from: new Date('2020-01-01') })).toHaveLength(4);
    expect(await seqs({ limit: 2, after: 4 })).toEqual([3, 2]);
    expect((await audit.list({ limit: 1 }))[0]).toMatchObject({ at: expect.any(Date), address: '10.0.0.1' });
  });

  it('refuses a filter that makes no sense', async () => {
    await expect(audit.list({ limit: 1, tenant: 'acme' })).rejects.toThrow(/audit: tenant/);
  });
});

describe('lines', () => {
  const textOf = async (lines: AsyncIterable<string>) => {
    let text = '';
    for await (const line of lines) text += line;
    return text;
  };

  it('are JSON, one entry each, oldest first', async () => {
    await append(1_200);
    const lines = (await textOf(audit.lines('ndjson'))).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(Array.from({ length: 1_200 }, (_, n) => n + 1));
  });

  it('are CSV that no spreadsheet computes', async () => {
    await catalog.run([
      auditStatement({
        action: 'domain.added',
        target: '=HYPERLINK("http://x")',
        reason: 'a, "b"\nc',
        after: { a: 1 },
      }),
      auditStatement({ action: 'domain.added', target: '@x', reason: '-1', by: { type: 'user', id: '+1' } }),
    ]);
    const [head, ...rest] = (await textOf(audit.lines('csv'))).split('\r\n');
    expect(head).toBe(
      'seq,at,actor_type,actor_id,request_id,address,action,tenant_id,target,before,after,reason,hash',
    );
    expect(rest[0]).toMatch(
      /^1,[\d-]+T[\d:.]+Z,,,,,domain\.added,,"'=HYPERLINK\(""http:\/\/x""\)",,"\{""a"":1\}","a, ""b""\nc",[0-9a-f]{64}$/,
    );
    expect(rest[1]).toMatch(/,user,'\+1,,,domain\.added,,'@x,,,'-1,/);
  });
});
