import {
  type GuardOptions,
  type PinMode,
  TENANT_ISOLATIONS,
  TenantContext,
  type TenantIsolation,
  type TenantPool,
} from '@rowhouse/core';
import type pg from 'pg';
import type { Attack } from './attack.js';
import { Battlefield, isOnCitus } from './battlefield.js';
import { Bystander } from './bystander.js';
import { catalog } from './cases/catalog.js';
import { definitions } from './cases/definitions.js';
import { functions } from './cases/functions.js';
import { leftovers } from './cases/leftovers.js';
import { qualifiedNames } from './cases/qualified-names.js';
import { rows } from './cases/rows.js';
import { server } from './cases/server.js';
import { session } from './cases/session.js';
import { findConfusion, isEqual, tracesOn } from './damage.js';
import { marksIn } from './marks.js';
import { photograph } from './oracle.js';
import { strike } from './strike.js';

type Topics = Readonly<Record<string, readonly Attack[]>>;

/** Attacks on the connection are tried with both kinds of pins. */
const ON_CONNECTIONS: Topics = { session, functions, leftovers, rows };
const EVERYTHING: Topics = { qualifiedNames, definitions, catalog, server, ...ON_CONNECTIONS };

const WALLS: ReadonlyArray<{ mode: NonNullable<GuardOptions['mode']>; pin: PinMode; topics: Topics }> = [
  { mode: 'enforce', pin: 'statement', topics: EVERYTHING },
  { mode: 'enforce', pin: 'session', topics: ON_CONNECTIONS },
  { mode: 'off', pin: 'statement', topics: EVERYTHING },
];

/** Rows and databases are on the coordinator of Citus, as on any PostgreSQL. */
const ISOLATIONS: readonly TenantIsolation[] = isOnCitus ? ['schema'] : TENANT_ISOLATIONS;

/** Citus needs prepared transactions. Where there are some, the guard alone keeps tenants from leaving one behind, for all that follows. */
const isPossible = ({ name }: Attack, mode: GuardOptions['mode']) =>
  !isOnCitus || mode !== 'off' || name !== 'PREPARE TRANSACTION';

function possibleIn(
  isolation: TenantIsolation,
  topics: Topics,
  mode?: GuardOptions['mode'],
): ReadonlyArray<[string, Attack]> {
  return Object.entries(topics).flatMap(([topic, list]) =>
    list
      .filter((attack) => (attack.modes?.includes(isolation) ?? true) && isPossible(attack, mode))
      .map((attack): [string, Attack] => [`${topic}: ${attack.name}`, attack]),
  );
}

/** The specs of attacks on a pool, in each isolation and behind each wall. */
export function attackPools(): void {
  let field: Battlefield;

  beforeAll(async () => {
    field = await Battlefield.prepare();
  });

  afterAll(() => field.clear());

  it.each(ISOLATIONS)('more than sixty attacks are possible in mode "%s"', (isolation) => {
    expect(possibleIn(isolation, EVERYTHING).length).toBeGreaterThan(60);
  });

  describe.each(ISOLATIONS)('a tenant with isolation "%s"', (isolation) => {
    describe.each(WALLS)('with guard $mode and $pin pins is not harmed by', ({ mode, pin, topics }) => {
      let pool: TenantPool;
      let bystander: Bystander;
      let owner: pg.Client;
      let clean: unknown;

      beforeAll(async () => {
        const { victim, attacker } = field.sides(isolation);
        owner = await field.owner(victim.database);
        pool = field.openPool({ mode }, pin);
        bystander = new Bystander(field.openPool({ mode }, pin), victim);
        clean = await tracesOn(pool, attacker);
      });

      afterAll(() => bystander.leave());

      /** Values that the attacker could find on a connection that both tenants use. */
      async function letVictimWork(): Promise<void> {
        const { tenant, mark, home } = field.sides(isolation).victim;
        const prefix = isolation === 'schema' ? `${home}.` : '';
        await TenantContext.run(tenant, async () => {
          await pool.query({
            name: 'theirs',
            text: `select count(*) from products where secret = '${mark}'`,
          });
          await pool.query(`select id from ${prefix}products order by 1`);
          await pool.query("select nextval('orders_id_seq')");
        });
      }

      async function damageOf(attack: Attack) {
        const battle = field.battle(isolation, await bystander.pid());
        const { victim, attacker, victimPid } = battle;
        await letVictimWork();
        const before = await photograph(owner, victim, field.login);

        const { heard, stoppedBy } = await strike(pool, battle, attack);

        const damage = marksIn(heard)
          .filter((mark) => mark !== attacker.mark)
          .map((mark) => `showed ${mark}`);
        if (!isEqual(await photograph(owner, victim, field.login), before)) damage.push('changed the victim');
        const traces = await tracesOn(pool, attacker);
        if (!isEqual(traces, clean)) damage.push(`left behind ${JSON.stringify(traces)}`);
        for (const side of [victim, attacker]) damage.push(...(await findConfusion(pool, side, battle)));
        if ((await bystander.pid()) !== victimPid) damage.push('ended a connection of the victim');
        return { damage, stoppedBy };
      }

      /** One test for each attack, so that each success of an attack is one failure. */
      async function repair(): Promise<void> {
        const { victim, attacker } = field.sides(isolation);
        for (const role of [field.login, victim.role]) await owner.query(`alter role ${role} reset all`);
        for (const { tenant } of [victim, attacker])
          await TenantContext.run(tenant, async () => (await pool.connect()).release(true));
        if (isolation === 'row')
          await owner.query("select setval('public.products_id_seq', 1000000 + (random() * 1e6)::int)");
      }

      it.each(possibleIn(isolation, topics, mode))('%s', async (_name, attack) => {
        const { damage, stoppedBy } = await damageOf(attack);
        if (damage.length > 0) await repair();
        if (mode === 'off' && attack.guardOnly?.includes(isolation)) {
          // The attack must do harm without the guard; otherwise the documentation would list it without reason.
          expect(damage).not.toEqual([]);
          return;
        }
        const expected =
          typeof attack.stoppedBy === 'string' ? attack.stoppedBy : attack.stoppedBy[isolation];
        expect(damage).toEqual([]);
        if (mode === 'enforce' || expected !== 'guard') expect(stoppedBy).toBe(expected);
      });
    });
  });
}
