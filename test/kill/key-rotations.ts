import type { Catalog } from '@rowhouse/core';
import { localKeys } from '@rowhouse/core/internal';
import { z } from 'zod';
import { ApiKeys } from '../../libs/admin/src/keys/api-keys.js';
import { rotateKeys } from '../../libs/admin/src/settings/key-rotation.js';
import { SettingsStore } from '../../libs/admin/src/settings/settings-store.js';
import { TenantSettings } from '../../libs/admin/src/settings/tenant-settings.js';
import { sentences } from './agreement.js';
import type { Lane } from './lane.js';
import type { Random } from './random.js';
import type { Strikes } from './strikes.js';

/** Keys that are replaced one after the other, as routes and commands of the admin API do it. */
export type KeyRotationAct =
  | { readonly do: 'rotate api keys'; readonly tenantId: string; readonly keyIds: readonly string[] }
  | { readonly do: 'rotate settings keys'; readonly current: KeyId };

type KeyId = 'first' | 'second';

const TENANTS = 12;
const API_KEYS = 8;
const by = { type: 'operator', id: 'kill' };

function settingsKeys(current: KeyId) {
  const ids: readonly KeyId[] = current === 'first' ? ['first', 'second'] : ['second', 'first'];
  return localKeys(ids.map((id) => ({ id, secret: Buffer.alloc(32, id).toString('base64') })));
}

const declarationOf = (current: KeyId) => ({
  schema: z.object({ password: z.string().default('') }),
  secrets: ['password'],
  keys: settingsKeys(current),
});

export async function rotate(catalog: Catalog, act: KeyRotationAct): Promise<void> {
  if (act.do === 'rotate settings keys') {
    await rotateKeys(catalog, settingsKeys(act.current));
    return;
  }
  const keys = new ApiKeys(catalog);
  for (const id of act.keyIds) await keys.rotate(act.tenantId, id, {}, { by });
}

/** Kills processes that rotate API keys, or the keys of secret settings. */
export async function killKeyRotations(lane: Lane, strikes: Strikes, random: Random): Promise<void> {
  const { fleet, catalog, slug } = lane;
  for (let n = 0; n < TENANTS; n += 1) await fleet.tenants.create({ slug: `${slug}-${n}`, isolation: 'row' });
  const tenants = await lane.tenants();
  const store = new SettingsStore(catalog, declarationOf('first'));
  for (const { id } of tenants) await store.patch(id, { password: `of ${id}` });
  const keys = new ApiKeys(catalog);
  let current: KeyId = 'first';
  const check = async () => [...(await keyDisagreements(lane)), ...(await unreadableSecrets(lane, current))];
  while (!strikes.isOver) {
    const tenantId = tenants[Math.floor(random() * tenants.length)]?.id as string;
    const keyIds: string[] = [];
    for (let n = 0; n < API_KEYS; n += 1)
      keyIds.push((await keys.create(tenantId, { label: 'kill' }, { by })).id);
    await strikes.on({ label: 'rotate api keys', act: { do: 'rotate api keys', tenantId, keyIds }, check });
    if (strikes.isOver) return;
    current = current === 'first' ? 'second' : 'first';
    const recover = async () => void (await rotateKeys(catalog, settingsKeys(current)));
    await strikes.on({
      label: 'rotate settings keys',
      act: { do: 'rotate settings keys', current },
      recover,
      check,
    });
  }
}

/** Keys whose successors, time limits or entries in the trail do not fit each other. */
function keyDisagreements({ server }: Lane): Promise<readonly string[]> {
  return sentences(
    server,
    `select format('The key %s was replaced, and has no entry.', id) from rowhouse.tenant_api_keys k
      where replaced_by is not null and (select count(*) from rowhouse.audit_entries where action = 'api_key.rotated' and target = k.id::text) <> 1
     union all select format('The key %s was replaced, and does not expire.', id) from rowhouse.tenant_api_keys
      where replaced_by is not null and expires_at is null
     union all select format('The entry %s is about a key that was not replaced.', seq) from rowhouse.audit_entries e
      where action = 'api_key.rotated' and not exists (
        select from rowhouse.tenant_api_keys k where k.id::text = e.target and k.replaced_by is not null)
     union all select format('The key %s is nobody''s: no entry, no predecessor.', id) from rowhouse.tenant_api_keys k
      where not exists (select from rowhouse.tenant_api_keys p where p.replaced_by = k.id)
        and not exists (select from rowhouse.audit_entries where action = 'api_key.created' and target = k.id::text)`,
  );
}

async function unreadableSecrets(lane: Lane, current: KeyId): Promise<readonly string[]> {
  const found = [
    ...(await sentences(
      lane.server,
      `select format('The data key of %s is still under %s.', tenant_id, key_id) from rowhouse.tenant_settings where key_id <> $1`,
      [current],
    )),
  ];
  const store = new SettingsStore(lane.catalog, declarationOf(current));
  const settings = new TenantSettings<{ password: string }>(lane.catalog, store);
  for (const { id } of await lane.tenants()) {
    const { password } = await settings.getFor(id);
    if (password !== `of ${id}`) found.push(`The secret of ${id} is "${password}".`);
  }
  return found;
}
