import type { Catalog } from '@rowhouse/core';
import type { SettingsShape } from './settings-shape.js';
import { openOverrides, SETTINGS_COLUMNS, type SettingsRow, storedOf } from './stored-settings.js';

/** A stored setting that is not in force, and why. */
export interface SettingsMisfit {
  readonly tenantId: string;
  readonly slug: string;
  readonly path: string;
  readonly problem: string;
}

export interface SettingsCheckReport {
  /** Tenants with overrides. */
  readonly checked: number;
  readonly misfits: readonly SettingsMisfit[];
}

const BATCH = 500;

/** Holds the overrides of every tenant to a declaration. Values are not part of the report. */
export async function checkSettings(
  catalog: Pick<Catalog, 'query'>,
  shape: SettingsShape,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SettingsCheckReport> {
  const misfits: SettingsMisfit[] = [];
  let checked = 0;
  let after: string | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const { rows } = await catalog.query<SettingsRow & { slug: string }>(
      `select s.tenant_id, t.slug, ${SETTINGS_COLUMNS}
         from rowhouse.tenant_settings s join rowhouse.tenants t on t.id = s.tenant_id
        where $1::uuid is null or s.tenant_id > $1 order by s.tenant_id limit ${BATCH}`,
      [after ?? null],
    );
    for (const row of rows) {
      const { overrides, unreadable } = await openOverrides(shape.keys, storedOf(row));
      const found = [
        ...unreadable.map((path) => ({ path, problem: 'cannot be decrypted' })),
        ...shape.misfitsOf(overrides).map(({ field, expected }) => ({ path: field, problem: expected })),
      ];
      misfits.push(...found.map((one) => ({ tenantId: row.tenant_id, slug: row.slug, ...one })));
    }
    checked += rows.length;
    after = rows.at(-1)?.tenant_id;
    if (rows.length < BATCH) return { checked, misfits };
  }
}
