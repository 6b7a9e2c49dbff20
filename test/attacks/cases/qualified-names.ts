import pgCopy from 'pg-copy-streams';
import type { Battle, Step } from '../attack.js';
import { attacks, each } from '../attack.js';

/** In row mode both tenants use the same table, and the policy separates them. */
const BY_NAME = each('guard', 'nobody', 'guard');
const BY_NAME_AND_POLICY = each('guard', 'postgres', 'guard');

const { to: copyTo, from: copyFrom } = pgCopy;

const copyOut =
  (text: string): Step =>
  async (client) => {
    const chunks: Buffer[] = [];
    for await (const chunk of client.query(copyTo(text))) chunks.push(chunk as Buffer);
    return { rows: [Buffer.concat(chunks).toString()] };
  };

const copyIn =
  (text: string, lines: string): Step =>
  (client) =>
    new Promise((resolve, reject) => {
      const stream = client.query(copyFrom(text));
      stream.on('error', reject);
      stream.on('finish', () => resolve({ rows: [] }));
      stream.end(lines);
    });

const columns = (battle: Battle) =>
  `(sku, secret, tenant_id) values ('planted', 'planted', '${battle.victim.tenant.id}')`;

/** Names the victim's tables with their schema, in each kind of statement. */
export const qualifiedNames = attacks(
  ['a select', ({ at }) => `select * from ${at('products')}`, BY_NAME],
  ['TABLE', ({ at }) => `table ${at('products')}`, BY_NAME],
  [
    'a quoted name',
    ({ at }) => `select * from ${at('products').replaceAll(/(?<![\w"])(\w+)(?![\w"])/g, '"$1"')}`,
    BY_NAME,
  ],
  [
    'an escaped name',
    ({ victim }) => `select * from U&"${victim.home.replace('_', '\\005f')}".products`,
    each('guard', 'nobody', 'nobody'),
  ],
  [
    'a name around comments',
    ({ at }) => `select * from ${at('products').replaceAll('.', '/**/./**/')}`,
    BY_NAME,
  ],
  [
    'a name with line comments',
    ({ at }) => `select * from ${at('products').replaceAll('.', '--x\n.--y\n')}`,
    BY_NAME,
  ],
  ['a join', ({ at }) => `select * from products p full join ${at('products')} v on v.id = p.id`, BY_NAME],
  [
    'a lateral join',
    ({ at }) => `select * from generate_series(1, 2), lateral (select * from ${at('products')}) v`,
    BY_NAME,
  ],
  ['a subquery in the targets', ({ at }) => `select (select max(secret) from ${at('products')})`, BY_NAME],
  [
    'EXISTS',
    ({ at }) => `select 1 where exists (select from ${at('products')} where secret like 'mark%')`,
    BY_NAME,
  ],
  [
    'UNION',
    ({ at }) => `select secret from products union all select secret from ${at('products')}`,
    BY_NAME,
  ],
  [
    'a common table expression',
    ({ at }) => `with v as (select * from ${at('products')}) select * from v`,
    BY_NAME,
  ],
  ['VALUES', ({ at }) => `values ((select max(secret) from ${at('products')}))`, BY_NAME],
  ['a whole-row reference', ({ at }) => `select v, to_json(v) from ${at('products')} v`, BY_NAME],
  ['a sample', ({ at }) => `select * from ${at('products')} tablesample system (100)`, BY_NAME],
  ['a lock of rows', ({ at }) => `select * from ${at('products')} for update`, BY_NAME],
  [
    'a column under its full name',
    ({ at, isolation }) =>
      isolation === 'database'
        ? `select ${at('products')}.secret`
        : `select ${at('products')}.secret from products`,
    each('guard', 'nobody', 'guard'),
  ],
  ['an insert', (battle) => `insert into ${battle.at('products')} ${columns(battle)}`, BY_NAME_AND_POLICY],
  [
    'an insert of what the victim has',
    ({ at }) => `insert into orders (secret) select secret from ${at('orders')} limit 1`,
    BY_NAME,
  ],
  [
    'an update',
    ({ at, victim }) =>
      `update ${at('products')} set secret = 'taken' where tenant_id = '${victim.tenant.id}' returning *`,
    BY_NAME,
  ],
  [
    'an update from the victim',
    ({ at }) => `update products set secret = v.secret from ${at('products')} v returning *`,
    BY_NAME,
  ],
  [
    'a delete',
    ({ at, victim }) => `delete from ${at('orders')} where tenant_id = '${victim.tenant.id}' returning *`,
    BY_NAME,
  ],
  [
    'a delete using the victim',
    ({ at }) => `delete from orders using ${at('orders')} v where orders.secret = 'none' returning v.*`,
    BY_NAME,
  ],
  [
    'a writing common table expression',
    ({ at, victim }) =>
      `with gone as (delete from ${at('orders')} where tenant_id = '${victim.tenant.id}' returning *) select * from gone`,
    BY_NAME,
  ],
  [
    'MERGE into the victim',
    ({ at, victim }) =>
      `merge into ${at('products')} v using (select 1) s on v.tenant_id = '${victim.tenant.id}' when matched then update set secret = 'taken'`,
    BY_NAME,
  ],
  [
    'MERGE from the victim',
    ({ at }) =>
      `merge into orders o using ${at('orders')} v on false when not matched then insert (secret) values (v.secret)`,
    BY_NAME,
  ],
  ['TRUNCATE', ({ at }) => `truncate ${at('orders')}`, BY_NAME_AND_POLICY],
  [
    'TRUNCATE, restarting and cascading',
    ({ at }) => `truncate ${at('products')} restart identity cascade`,
    BY_NAME_AND_POLICY,
  ],
  ['COPY to the client', ({ at }) => copyOut(`copy ${at('products')} to stdout`), BY_NAME],
  ['COPY of a query', ({ at }) => copyOut(`copy (select * from ${at('products')}) to stdout`), BY_NAME],
  [
    'COPY from the client',
    ({ at, victim }) =>
      copyIn(
        `copy ${at('products')} (sku, secret, tenant_id) from stdin`,
        `planted\tplanted\t${victim.tenant.id}\n`,
      ),
    BY_NAME_AND_POLICY,
  ],
  [
    'EXPLAIN ANALYZE of a write',
    ({ at, victim }) => `explain analyze delete from ${at('orders')} where tenant_id = '${victim.tenant.id}'`,
    BY_NAME,
  ],
  [
    'a temporary copy',
    ({ at }) => [`create temp table loot as select * from ${at('products')}`, 'select * from loot'],
    BY_NAME,
  ],
  [
    'SELECT INTO a temporary table',
    ({ at }) => [`select * into temp loot from ${at('products')}`, 'select * from loot'],
    BY_NAME,
  ],
  [
    'a temporary table that inherits',
    ({ at }) => [
      `create temp table child () inherits (${at('products')})`,
      `insert into child (id, sku, secret) values (1, 'planted', 'planted')`,
    ],
    BY_NAME_AND_POLICY,
  ],
  [
    'a temporary view',
    ({ at }) => [
      `create temp view window_into as select * from ${at('products')}`,
      'select * from window_into',
    ],
    BY_NAME,
  ],
  [
    'PREPARE and EXECUTE',
    ({ at }) => [`prepare spy as select * from ${at('products')}`, 'execute spy'],
    each('guard', 'nobody', 'guard'),
  ],
  [
    'a statement prepared by the protocol',
    ({ at }) => ({ name: 'spy', text: `select * from ${at('products')} where id > $1`, values: [0] }),
    BY_NAME,
  ],
  [
    'a cursor',
    ({ at }) => [
      'begin',
      `declare spy cursor for select * from ${at('products')}`,
      'fetch all from spy',
      'commit',
    ],
    BY_NAME,
  ],
  [
    'a cursor held',
    ({ at }) => [`declare spy cursor with hold for select * from ${at('products')}`, 'fetch all from spy'],
    BY_NAME,
  ],
  [
    'a text the victim may send and has sent',
    ({ at }) => `select id from ${at('products')} order by 1`,
    BY_NAME,
  ],
  ['a function of the victim', ({ at }) => `select ${at('product_secrets')}()`, BY_NAME],
  ['a function of the victim as a table', ({ at }) => `select * from ${at('product_secrets')}()`, BY_NAME],
  ['a view of the victim', ({ at }) => `select * from ${at('product_names')}`, BY_NAME],
);
