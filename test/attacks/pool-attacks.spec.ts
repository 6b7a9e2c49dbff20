import {
  type GuardOptions,
  type PinMode,
  TENANT_ISOLATIONS,
  TenantContext,
  type TenantPool,
} from '@rowhouse/core';
import type pg from 'pg';
import type { Attack } from './attack.js';
import { Battlefield } from './battlefield.js';
import { catalog } from './cases/catalog.js';
import { definitions } from './cases/definitions.js';
import { functions } from './cases/functions.js';
import { leftovers } from './cases/leftovers.js';
import { qualifiedNames } from './cases/qualified-names.js';
import { rows } from './cases/rows.js';
import { server } from './cases/server.js';
import { session } from './cases/session.js';
import { findConfusion, isEqual, tracesOn } from './damage.js';
import { photograph } from './oracle.js';
import { strike } from './strike.js';

const ATTACKS = { qualifiedNames, definitions, session, catalog, server, functions, leftovers, rows };

const GUARDS: ReadonlyArray<{ mode: NonNullable<GuardOptions['mode']>; pin: PinMode }> = [
  { mode: 'enforce', pin: 'statement' },
  { mode: 'enforce', pin: 'session' },
  { mode: 'off', pin: 'statement' },
];

let field: Battlefield;

beforeAll(async () => {
  field = await Battlefield.prepare();
});

afterAll(() => field.clear());

describe.each(TENANT_ISOLATIONS)('a tenant with isolation "%s"', (isolation) => {
  describe.each(GUARDS)('guard $mode, $pin pins, is not harmed by', ({ mode, pin }) => {
    let pool: TenantPool;
    let bystanders: TenantPool;
    let bystander: pg.PoolClient | undefined;
    let owner: pg.Client;

    /** Another connection of the victim, in the middle of its work. */
    async function keepBystander(): Promise<number> {
      const { tenant, mark } = field.sides(isolation).victim;
      const isAlive = await bystander?.query(`select '${mark} at work'`).then(
        () => true,
        () => false,
      );
      if (!isAlive) {
        bystander?.release(true);
        bystander = await TenantContext.run(tenant, () => bystanders.connect());
        bystander.on('error', () => {});
        await bystander.query('select pg_advisory_lock(4712)');
        await bystander.query(`select '${mark} at work'`);
      }
      return (bystander as unknown as { processID: number }).processID;
    }

    beforeAll(async () => {
      owner = await field.owner(field.sides(isolation).victim.database);
      pool = field.openPool({ mode }, pin);
      bystanders = field.openPool({ mode }, pin);
    });

    afterAll(async () => {
      bystander?.release(true);
      await owner.query(
        `alter role ${field.login} reset all; alter role ${field.sides(isolation).victim.role} reset all`,
      );
    });

    /** What an attack did to its victim, in words; nothing, if all is well. */
    async function damageOf(attack: Attack): Promise<{ damage: string[]; stoppedBy: string }> {
      const pid = await keepBystander();
      const battle = field.battle(isolation, pid);
      const { victim, attacker } = battle;
      await TenantContext.run(victim.tenant, () =>
        pool.query({ name: 'theirs', text: `select count(*) from products where secret = '${victim.mark}'` }),
      );
      await TenantContext.run(victim.tenant, () =>
        pool.query(`select id from ${isolation === 'schema' ? `${victim.home}.` : ''}products order by 1`),
      );
      const traces = await tracesOn(pool, attacker);
      const before = await photograph(owner, victim, field.login);

      const { heard, stoppedBy } = await strike(pool, battle, attack);

      const damage: string[] = [];
      if (heard.includes(victim.mark)) damage.push('shown what is the victim’s');
      if (!isEqual(await photograph(owner, victim, field.login), before))
        damage.push('changed what is the victim’s');
      if (!isEqual(await tracesOn(pool, attacker), traces))
        damage.push(`left behind: ${JSON.stringify(await tracesOn(pool, attacker))}`);
      for (const side of [victim, attacker])
        for (const confusion of await findConfusion(pool, side, battle))
          damage.push(`${side.tenant.slug} ${confusion}`);
      if ((await keepBystander()) !== pid) damage.push('ended a connection of the victim');
      return { damage, stoppedBy };
    }

    describe.each(Object.entries(ATTACKS))('%s:', (_topic, list) => {
      const possible = list.filter(({ modes }) => modes?.includes(isolation) ?? true);
      it.each(possible.map((attack) => [attack.name, attack] as const))('%s', async (_name, attack) => {
        const { damage, stoppedBy } = await damageOf(attack);
        const expected =
          typeof attack.stoppedBy === 'string' ? attack.stoppedBy : attack.stoppedBy[isolation];
        if (mode === 'off' && attack.guardOnly?.includes(isolation)) {
          // Were it harmless, it would be listed in the documentation for nothing.
          expect(damage).not.toEqual([]);
          await owner.query(
            `alter role ${field.login} reset all; alter role ${field.sides(isolation).victim.role} reset all`,
          );
          return;
        }
        expect(damage).toEqual([]);
        if (mode === 'enforce' || expected !== 'guard') expect(stoppedBy).toBe(expected);
      });
    });
  });
});
