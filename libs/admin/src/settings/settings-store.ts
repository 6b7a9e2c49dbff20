import { type Actor, type Catalog, isTenantId, TenantNotFoundError } from '@rowhouse/core';
import { isStorableJson, requireActor, UNSTORABLE_REFUSED } from '@rowhouse/core/internal';
import { z } from 'zod';
import { parseFields } from '../invalid-fields.js';
import { isAtMostDeep, type Json, mergePatch, valueAt, withValueAt } from './json-paths.js';
import { DataKeyChangedError, PreparedKeys } from './prepared-keys.js';
import { changesBetween, maskedIn, type SettingsChange } from './settings-change.js';
import { SettingsInvalidError, SettingsUnreadableError } from './settings-errors.js';
import { type SettingsDeclaration, SettingsShape } from './settings-shape.js';
import {
  type Client,
  findSettings,
  lockSettings,
  openOverrides,
  overridesIn,
  type StoredSettings,
  secretPaths,
  withSecrets,
  writeSettings,
} from './stored-settings.js';
import { openSecrets, sealSecrets } from './tenant-secrets.js';

/** The settings of a tenant as operators see them. Secrets are `null`. */
export interface SettingsView {
  readonly tenantId: string;
  /** Counts the changes. */
  readonly version: number;
  readonly effective: Json;
  readonly overrides: Json;
  readonly secrets: readonly { readonly path: string; readonly isSet: boolean }[];
  /** JSON Schema of the overrides. */
  readonly schema: Json;
}

export interface SettingsChangeControl {
  readonly by?: Actor | undefined;
  /** Called with the present settings when nobody else can change them. What it throws ends the change. */
  readonly check?: ((present: SettingsView) => void) | undefined;
}

/** How often a change begins again because the data key of the tenant was changed. */
const MAX_ATTEMPTS = 5;
const MAX_DEPTH = 20;
const MAX_CHARACTERS = 65_536;

/** A JSON merge patch (RFC 7396) of overrides. */
export const settingsPatchSchema = z
  .record(z.string(), z.unknown())
  .refine((patch) => isAtMostDeep(patch, MAX_DEPTH), {
    message: `expected at most ${MAX_DEPTH} levels`,
    abort: true,
  })
  .refine(isStorableJson, { message: UNSTORABLE_REFUSED, abort: true })
  .pipe(z.record(z.string(), z.json()));

type Keys = Parameters<typeof openOverrides>[0];
type Change = (present: Json, secrets: readonly string[], client: Client) => Promise<Json>;

/** Stands in a tree of overrides for a secret that stays as it is. */
const KEPT = Symbol('kept secret');

/** The settings that tenants override, in the catalog. Each change is one transaction, with its row of history. */
export class SettingsStore {
  readonly shape: SettingsShape;
  readonly #catalog: Catalog;
  readonly #listeners = new Set<(tenantId: string) => void>();

  /** @throws {OptionsInvalidError} */
  constructor(catalog: Catalog, declaration: SettingsDeclaration) {
    this.#catalog = catalog;
    this.shape = new SettingsShape(declaration);
  }

  /** Reports the changes that are made here, at once. */
  onChange(changed: (tenantId: string) => void): void {
    this.#listeners.add(changed);
  }

  /** @throws {TenantNotFoundError} */
  async read(tenantId: string): Promise<SettingsView> {
    return this.#viewOf(await this.#find(tenantId));
  }

  /**
   * Changes overrides: `null` takes one back, objects are merged, all else is replaced.
   *
   * @throws {TenantNotFoundError}
   * @throws {SettingsInvalidError}
   */
  async patch(tenantId: string, patch: Json, control: SettingsChangeControl = {}): Promise<SettingsView> {
    const parsed = parseFields(settingsPatchSchema, patch, SettingsInvalidError);
    const sets = (paths: readonly string[]) =>
      paths.some((path) => (valueAt(parsed, path.split('.')) ?? null) !== null);
    return this.#change(tenantId, { action: 'patch', sets }, control, async (present) =>
      mergePatch(present, parsed),
    );
  }

  /**
   * Takes overrides back.
   *
   * @param paths - dotted: `smtp.port`, or `smtp` for all below.
   */
  async unset(
    tenantId: string,
    paths: readonly string[],
    control: SettingsChangeControl = {},
  ): Promise<SettingsView> {
    return this.#change(tenantId, { action: 'unset' }, control, async (present) =>
      paths.reduce((overrides, path) => withValueAt(overrides, path.split('.'), undefined), present),
    );
  }

  /**
   * Makes the overrides what they were in a version; 0 has none. Secrets stay as they are now.
   *
   * @throws {SettingsVersionNotFoundError}
   * @throws {SettingsInvalidError} when that version does not fit the schema of today.
   */
  async restore(
    tenantId: string,
    version: number,
    control: SettingsChangeControl = {},
  ): Promise<SettingsView> {
    return this.#change(tenantId, { action: 'restore' }, control, async (present, secrets, client) => {
      const before = version === 0 ? {} : await overridesIn(client, tenantId, version);
      const kept = secrets.map((path): [string, unknown] => [path, valueAt(present, path.split('.'))]);
      return withSecrets(before, new Map(kept));
    });
  }

  /** Latest first. @param options.before - the version that the page before ended with. */
  async history(
    tenantId: string,
    { limit, before }: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<readonly SettingsChange[]> {
    const stored = await this.#find(tenantId);
    const { rows } = await this.#catalog.query<SettingsChange>(
      `select h.version, h.action, h.changes, h.actor, h.changed_at as "changedAt" from rowhouse.tenant_settings_history h
        where h.tenant_id = $1 and ($2::int4 is null or h.version < $2) order by h.version desc limit $3`,
      [tenantId, before ?? null, limit],
    );
    const secrets = new Set(secretPaths(this.shape, stored));
    return rows.map((change) => ({
      ...change,
      changes: change.changes.map((one) => maskedIn(one, secrets)),
    }));
  }

  /**
   * Overrides as an archive has them.
   *
   * @internal
   * @throws {SettingsInvalidError}
   */
  parse(overrides: unknown): Json {
    const parsed = mergePatch({}, parseFields(settingsPatchSchema, overrides, SettingsInvalidError));
    this.#requireFit(parsed, []);
    return parsed;
  }

  /**
   * What a change by these overrides needs of the keys.
   *
   * @internal
   * @param known - the settings as they are; `undefined` for a tenant that is to be made.
   */
  async prepareKeys(known: StoredSettings | undefined, overrides: Json): Promise<PreparedKeys | undefined> {
    const { keys } = this.shape;
    const secrets = known ? secretPaths(this.shape, known) : this.shape.secrets;
    const sets = secrets.some((path) => valueAt(overrides, path.split('.')) !== undefined);
    return keys && PreparedKeys.of(keys, known?.key ?? null, { sets });
  }

  /**
   * What an archive has of stored settings.
   *
   * @internal
   * @param options.secrets - whether they are among `open`.
   * @returns `inClear` never has a secret; `leftOut` are those that are set and not in `open`.
   */
  async open(
    stored: StoredSettings,
    { secrets }: { readonly secrets: boolean },
  ): Promise<{ readonly open: Json; readonly inClear: Json; readonly leftOut: readonly string[] }> {
    const paths = secretPaths(this.shape, stored);
    const inClear = withoutAll(stored.overrides, paths);
    if (secrets) {
      const { overrides, unreadable } = await openOverrides(this.shape.keys, stored);
      return { open: overrides, inClear, leftOut: unreadable };
    }
    const isSet = (path: string) =>
      Object.hasOwn(stored.secrets, path) || valueAt(stored.overrides, path.split('.')) !== undefined;
    return { open: inClear, inClear, leftOut: paths.filter(isSet) };
  }

  /** @internal For who has changed settings by {@link changeIn}, when that is committed. */
  changed(tenantId: string): void {
    for (const listener of this.#listeners) listener(tenantId);
  }

  async #find(tenantId: string): Promise<StoredSettings> {
    const stored = isTenantId(tenantId) ? await findSettings(this.#catalog, tenantId) : undefined;
    if (!stored) throw new TenantNotFoundError();
    return stored;
  }

  /** Secrets that cannot be decrypted count as not overridden, so that the rest can be looked at. */
  async #viewOf(stored: StoredSettings, keys: Keys = this.shape.keys): Promise<SettingsView> {
    const opened = await openOverrides(keys, stored);
    const { effective } = this.shape.resolve(opened.overrides);
    const paths = secretPaths(this.shape, stored);
    const isSet = (path: string) =>
      Object.hasOwn(stored.secrets, path) || valueAt(stored.overrides, path.split('.')) !== undefined;
    const masked = (values: Json, kept: readonly string[]) =>
      withSecrets(withoutAll(values, paths), new Map(kept.map((path) => [path, null])));
    return {
      tenantId: stored.tenantId,
      version: stored.version,
      effective: masked(effective, paths),
      overrides: masked(stored.overrides, paths.filter(isSet)),
      secrets: paths.map((path) => ({ path, isSet: isSet(path) })),
      schema: this.shape.jsonSchema,
    };
  }

  /**
   * @param what.sets - whether one of these secrets is set. Default: none is.
   * @param change - makes the overrides anew, in which {@link KEPT} stands for each secret that is set.
   */
  async #change(
    tenantId: string,
    what: {
      readonly action: SettingsChange['action'];
      readonly sets?: (secrets: readonly string[]) => boolean;
    },
    control: SettingsChangeControl,
    change: Change,
  ): Promise<SettingsView> {
    requireActor(control.by);
    const { keys } = this.shape;
    for (let attempt = 1; ; attempt += 1) {
      const seen = await this.#find(tenantId);
      const secrets = secretPaths(this.shape, seen);
      // What was no secret when it was set is encrypted by the next change.
      const isInClear = secrets.some((path) => valueAt(seen.overrides, path.split('.')) !== undefined);
      const sets = isInClear || (what.sets?.(secrets) ?? false);
      const prepared = keys && (await PreparedKeys.of(keys, seen.key, { sets }));
      try {
        const changed = await this.#catalog.transaction((client) =>
          this.changeIn(client, prepared, tenantId, what.action, control, change),
        );
        this.changed(tenantId);
        return await this.#viewOf(changed);
      } catch (error) {
        if (!(error instanceof DataKeyChangedError) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Changes overrides, in a transaction of the catalog.
   *
   * @internal
   * @throws {DataKeyChangedError} when others have changed the data key since it was prepared.
   */
  async changeIn(
    client: Client,
    keys: PreparedKeys | undefined,
    tenantId: string,
    action: SettingsChange['action'],
    { by, check }: SettingsChangeControl,
    change: Change,
  ): Promise<StoredSettings> {
    const present = await lockSettings(client, tenantId);
    keys?.requireKnown(present.key);
    check?.(await this.#viewOf(present, keys));
    const secrets = secretPaths(this.shape, present);
    const before = withSecrets(
      present.overrides,
      new Map(Object.keys(present.secrets).map((path) => [path, KEPT])),
    );
    const after = await change(before, secrets, client);
    const changes = changesBetween(before, after, new Set(secrets));
    if (changes.length === 0) return present;
    // What does not fit a newer schema can be taken back one by one.
    const tolerated = action === 'unset' ? await this.#misfitsOf(present, keys) : [];
    const next = await this.#next(present, after, { secrets, tolerated, keys });
    await writeSettings(client, next, { action, changes, by });
    return next;
  }

  /** @throws {SettingsInvalidError} */
  async #next(
    present: StoredSettings,
    after: Json,
    {
      secrets,
      tolerated,
      keys,
    }: {
      readonly secrets: readonly string[];
      readonly tolerated: readonly string[];
      readonly keys: PreparedKeys | undefined;
    },
  ): Promise<StoredSettings> {
    const found = secrets
      .map((path): [string, unknown] => [path, valueAt(after, path.split('.'))])
      .filter(([, value]) => value !== undefined);
    const set = new Map(found.filter(([, value]) => value !== KEPT));
    const kept = {
      secrets: Object.fromEntries(
        found.filter(([, value]) => value === KEPT).map(([path]) => [path, present.secrets[path] as string]),
      ),
      key: present.key,
    };
    const { tenantId } = present;
    const { values, unreadable } = await openSecrets(keys, tenantId, kept);
    if (unreadable.length > 0) throw new SettingsUnreadableError(tenantId, unreadable);
    this.#requireFit(withSecrets(after, values), tolerated);
    if (set.size > 0 && !keys) throw new SettingsUnreadableError(tenantId, [...set.keys()]);
    const sealed = keys ? await sealSecrets(keys, tenantId, kept, set) : { secrets: {}, key: null };
    return { tenantId, version: present.version + 1, overrides: withoutAll(after, secrets), ...sealed };
  }

  async #misfitsOf(stored: StoredSettings, keys: Keys): Promise<readonly string[]> {
    const { overrides } = await openOverrides(keys, stored);
    return this.shape.misfitsOf(overrides).map(({ field }) => field);
  }

  #requireFit(overrides: Json, tolerated: readonly string[]): void {
    const misfits = this.shape.misfitsOf(overrides).filter(({ field }) => !tolerated.includes(field));
    if (misfits.length > 0)
      throw new SettingsInvalidError(misfits.map(({ field, expected }) => ({ field, expected })));
    if (JSON.stringify(overrides).length > MAX_CHARACTERS)
      throw new SettingsInvalidError([{ field: 'settings', expected: 'expected at most 64 KB' }]);
  }
}

function withoutAll(overrides: Json, paths: readonly string[]): Json {
  return paths.reduce((rest, path) => withValueAt(rest, path.split('.'), undefined), overrides);
}
