import { randomBytes } from 'node:crypto';
import { type Actor, type Catalog, OptionsInvalidError, PostgresTenantStore } from '@rowhouse/core';
import {
  findTenant,
  isHostname,
  lockKeyOf,
  parseOptions,
  requireActor,
  runEach,
  type ScriptStatement,
  workThrough,
  writeEvent,
} from '@rowhouse/core/internal';
import { z } from 'zod';
import { type CatalogClient, type Domain, readDomain, readDomains } from './domain.js';
import {
  challengeOf,
  type DomainFailure,
  failureOf,
  type ResolveTxt,
  resolveTxt,
} from './domain-challenge.js';
import {
  DomainLimitError,
  DomainNotFoundError,
  DomainNotVerifiedError,
  DomainTakenError,
} from './domain-errors.js';
import { asciiNameOf, parseNewDomain } from './domain-name.js';
import { afterCheck, type CheckedClaim, type DomainStatus, firstCheckAt } from './domain-schedule.js';

export interface DomainsOptions {
  /** Domains of the app: no tenant can have one of these, nor one below them. */
  readonly reservedDomains?: readonly string[];
  /** For how many days checks of a verified domain may fail before it is served no longer. Default 3. */
  readonly graceDays?: number;
  /** Default: the DNS servers of the system. */
  readonly resolveTxt?: ResolveTxt;
  readonly now?: () => Date;
}

/** Who makes a change. */
export interface DomainControl {
  readonly by?: Actor | undefined;
}

const isFunction = (value: unknown) => typeof value === 'function';

const optionsSchema = z.strictObject({
  reservedDomains: z
    .array(
      z.string().transform((text, context) => {
        const name = asciiNameOf(text);
        if (name === undefined) context.addIssue('expected a host name');
        return name ?? z.NEVER;
      }),
    )
    .default([]),
  graceDays: z.int().min(0).max(365).default(3),
  resolveTxt: z.custom<ResolveTxt>(isFunction, 'expected a function').default(() => resolveTxt),
  now: z.custom<() => Date>(isFunction, 'expected a function').default(() => () => new Date()),
});

const TOKEN_BYTES = 20;
/** How many domains a tenant may claim without having proven them. */
const MAX_UNVERIFIED = 100;
/** How many domains are read at once, and how many are looked up at once. */
const DUE_PAGE = 100;
const CONCURRENCY = 8;

interface Claim {
  readonly tenantId: string;
  readonly domain: string;
  readonly token: string;
}

/**
 * The domains of tenants: added with a challenge, proven by a DNS record, and served while the proof stands. Of the tenants that
 * claim a domain, the first that proves it has it.
 *
 * Tenants are named by slug or id, domains in Unicode or in ASCII.
 */
export class Domains {
  readonly #catalog: Catalog;
  readonly #store: PostgresTenantStore;
  readonly #options: z.output<typeof optionsSchema>;

  /** @throws {OptionsInvalidError} */
  constructor(catalog: Catalog, options: DomainsOptions = {}) {
    this.#catalog = catalog;
    this.#store = new PostgresTenantStore({ pool: catalog });
    this.#options = parseOptions('Domains', optionsSchema, options);
  }

  /**
   * In alphabetical order.
   *
   * @param options.after - the last domain of the page before.
   * @throws {TenantNotFoundError}
   */
  async list(
    tenant: string,
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly Domain[]> {
    if (!Number.isInteger(limit) || limit < 1)
      throw new OptionsInvalidError('Domains.list', [
        { field: 'limit', expected: 'expected an integer from 1' },
      ]);
    return readDomains(this.#catalog, await this.#idOf(tenant), { limit, after });
  }

  /** @throws {DomainNotFoundError} */
  async find(tenant: string, domain: string): Promise<Domain> {
    return found(await readDomain(this.#catalog, await this.#idOf(tenant), nameOf(domain)));
  }

  /**
   * Adds a domain that is to be proven. One that the tenant has already is returned as it is.
   *
   * @throws {DomainInvalidError}
   * @throws {DomainTakenError} while another tenant has it.
   * @throws {DomainLimitError} when the tenant has 100 that are not verified.
   */
  async add(tenant: string, domain: string, { by }: DomainControl = {}): Promise<Domain> {
    return this.#change(tenant, { by, action: 'added' }, async (client, tenantId) => {
      const name = parseNewDomain(domain, this.#options.reservedDomains);
      const holder = await holderOf(client, name);
      if (holder !== undefined && holder !== tenantId) throw new DomainTakenError();
      const known = await readDomain(client, tenantId, name);
      if (known) return { domain: known, isChanged: false };
      if ((await countUnverified(client, tenantId)) >= MAX_UNVERIFIED)
        throw new DomainLimitError(MAX_UNVERIFIED);
      await this.#insertClaim(client, tenantId, name);
      return { domain: found(await readDomain(client, tenantId, name)), isChanged: true };
    });
  }

  /**
   * Domains as an archive has them, in ASCII.
   *
   * @internal
   * @throws {DomainInvalidError}
   */
  parseNames(names: readonly string[]): readonly string[] {
    return [...new Set(names.map((name) => parseNewDomain(name, this.#options.reservedDomains)))];
  }

  /**
   * Adds domains that are to be proven, in a transaction of the catalog that holds the tenant.
   *
   * @param names - of {@link parseNames}.
   * @returns those that it cannot have are `refused`: another tenant has them, or it would have more than 100 that are not verified.
   * @internal
   */
  async claimAll(
    client: CatalogClient,
    tenantId: string,
    names: readonly string[],
    by: Actor | undefined,
  ): Promise<{ readonly added: number; readonly same: number; readonly refused: readonly string[] }> {
    const { known, taken } = await amongDomains(client, tenantId, names);
    const free = names.filter((name) => !known.has(name) && !taken.has(name));
    const room = Math.max(0, MAX_UNVERIFIED - (await countUnverified(client, tenantId)));
    const added = free.slice(0, room);
    for (const name of added) {
      await this.#insertClaim(client, tenantId, name);
      await runEach(client, [noteOf('added', tenantId, name, by)]);
    }
    const tooMany = new Set(free.slice(room));
    const refused = names.filter((name) => taken.has(name) || tooMany.has(name));
    return { added: added.length, same: known.size, refused };
  }

  /**
   * Looks for the domain's record now. What came of it is the status of the answer.
   *
   * @throws {DomainNotFoundError}
   */
  async verify(
    tenant: string,
    domain: string,
    { by, signal }: DomainControl & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Domain> {
    requireActor(by);
    const tenantId = await this.#idOf(tenant);
    const name = nameOf(domain);
    const token = await tokenOf(this.#catalog, tenantId, name);
    if (token !== undefined) await this.#check({ tenantId, domain: name, token }, by, signal);
    return this.find(tenantId, name);
  }

  /**
   * Makes a domain the primary one, in place of the one that was.
   *
   * @throws {DomainNotVerifiedError}
   */
  async makePrimary(tenant: string, domain: string, { by }: DomainControl = {}): Promise<Domain> {
    const name = nameOf(domain);
    return this.#change(tenant, { by, action: 'made_primary' }, async (client, tenantId) => {
      const { status, isPrimary } = found(await readDomain(client, tenantId, name));
      if (status !== 'verified') throw new DomainNotVerifiedError();
      if (!isPrimary) {
        await client.query(
          'update rowhouse.tenant_domains set is_primary = false where tenant_id = $1 and is_primary',
          [tenantId],
        );
        await client.query(
          'update rowhouse.tenant_domains set is_primary = true where tenant_id = $1 and domain = $2',
          [tenantId, name],
        );
      }
      return { domain: found(await readDomain(client, tenantId, name)), isChanged: !isPrimary };
    });
  }

  /**
   * Takes a domain from a tenant: it is served no longer, and others can have it.
   *
   * @param control.check - throws when the domain is not what the caller has read.
   * @returns the domain that was.
   * @throws {DomainNotFoundError}
   */
  async remove(
    tenant: string,
    domain: string,
    { by, check }: DomainControl & { readonly check?: (present: Domain) => void } = {},
  ): Promise<Domain> {
    const name = nameOf(domain);
    return this.#change(tenant, { by, action: 'removed' }, async (client, tenantId) => {
      const present = found(await readDomain(client, tenantId, name));
      check?.(present);
      await client.query('delete from rowhouse.domain_claims where tenant_id = $1 and domain = $2', [
        tenantId,
        name,
      ]);
      await stopServing(client, tenantId, name);
      return { domain: present, isChanged: true };
    });
  }

  /**
   * Checks every domain whose time has come: those that are not proven yet, for 7 days, and once a day those that are. While one
   * process does so, others do nothing.
   *
   * @param options.signal - stops it; what is left is due the next time.
   * @returns how many were checked.
   */
  async checkDue({ signal }: { readonly signal?: AbortSignal } = {}): Promise<number> {
    if ((await this.#due(1)).length === 0) return 0;
    const run = await this.#catalog.whileLocked(lockKeyOf('domains', 'check'), async (lost) => {
      const stop = new AbortController();
      const end = () => stop.abort();
      for (const one of [signal, lost]) one?.addEventListener('abort', end, { once: true });
      try {
        if (signal?.aborted) return 0;
        return await this.#checkAll(stop.signal);
      } finally {
        signal?.removeEventListener('abort', end);
      }
    });
    return run?.result ?? 0;
  }

  async #insertClaim(client: CatalogClient, tenantId: string, name: string): Promise<void> {
    const now = this.#options.now();
    await client.query(
      `insert into rowhouse.domain_claims (tenant_id, domain, token, created_at, next_check_at) values ($1, $2, $3, $4, $5)`,
      [tenantId, name, randomBytes(TOKEN_BYTES).toString('hex'), now, firstCheckAt(now)],
    );
  }

  async #checkAll(stop: AbortSignal): Promise<number> {
    let checked = 0;
    for (;;) {
      const page = stop.aborted ? [] : await this.#due(DUE_PAGE);
      if (page.length === 0) return checked;
      await workThrough(page, { concurrency: CONCURRENCY, isOver: () => stop.aborted }, async (claim) => {
        await this.#check(claim, undefined, stop).catch((error: unknown) => {
          if (!stop.aborted) throw error;
        });
        if (!stop.aborted) checked += 1;
      });
    }
  }

  async #due(limit: number): Promise<readonly Claim[]> {
    const { rows } = await this.#catalog.query<Claim>(
      `select tenant_id as "tenantId", domain, token from rowhouse.domain_claims
        where next_check_at <= $1 order by next_check_at limit $2`,
      [this.#options.now(), limit],
    );
    return rows;
  }

  /** Does nothing where the claim has been removed meanwhile: the record of another token proves nothing. */
  async #check(claim: Claim, by: Actor | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { resolveTxt: resolve } = this.#options;
    const failure = await failureOf(challengeOf(claim.domain, claim.token), resolve, signal);
    const now = this.#options.now();
    await this.#catalog.transaction(async (client) => {
      await lockTenant(client, claim.tenantId);
      const before = await readClaim(client, claim);
      if (!before) return;
      const isServed = (await holderOf(client, claim.domain)) === claim.tenantId;
      const outcome = failure ?? (await this.#serve(client, claim));
      const after = afterCheck(before, outcome, now, this.#options.graceDays);
      await writeClaim(client, claim, after, now);
      if (after.status === 'lapsed' && before.status === 'verified')
        await stopServing(client, claim.tenantId, claim.domain);
      const isServedNow = (await holderOf(client, claim.domain)) === claim.tenantId;
      if (isServed !== isServedNow)
        await runEach(client, [
          noteOf(isServedNow ? 'verified' : 'lapsed', claim.tenantId, claim.domain, by),
        ]);
    });
  }

  /** @returns why the tenant cannot have the domain that it has proven. */
  async #serve(client: CatalogClient, { domain, tenantId }: Claim): Promise<DomainFailure | undefined> {
    // It waits for a transaction that inserts the same one.
    await client.query(
      'insert into rowhouse.tenant_domains (domain, tenant_id) values ($1, $2) on conflict (domain) do nothing',
      [domain, tenantId],
    );
    return (await holderOf(client, domain)) === tenantId ? undefined : 'taken';
  }

  /** One change at a time of the domains of a tenant, in one transaction with its event. */
  async #change(
    tenant: string,
    { by, action }: { readonly by: Actor | undefined; readonly action: string },
    work: (
      client: CatalogClient,
      tenantId: string,
    ) => Promise<{ readonly domain: Domain; readonly isChanged: boolean }>,
  ): Promise<Domain> {
    requireActor(by);
    const tenantId = await this.#idOf(tenant);
    return this.#catalog.transaction(async (client) => {
      await lockTenant(client, tenantId);
      const { domain, isChanged } = await work(client, tenantId);
      if (isChanged) await runEach(client, [noteOf(action, tenantId, domain.domain, by)]);
      return domain;
    });
  }

  async #idOf(tenant: string): Promise<string> {
    return (await findTenant(this.#store, tenant)).id;
  }
}

/** What a change leaves behind: an event for the hooks, and an entry in the audit trail. */
function noteOf(action: string, tenantId: string, domain: string, by: Actor | undefined): ScriptStatement {
  const part = { action: `domain.${action}`, target: domain };
  return writeEvent('updated', { id: tenantId }, by, { part });
}

/** A script may have entered what nobody can claim. */
function nameOf(domain: string): string {
  return found(asciiNameOf(domain) ?? (isHostname(domain) ? domain : undefined));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new DomainNotFoundError();
  return value;
}

async function lockTenant(client: CatalogClient, tenantId: string): Promise<void> {
  await client.query('select from rowhouse.tenants where id = $1 for no key update', [tenantId]);
}

async function holderOf(client: CatalogClient, domain: string): Promise<string | undefined> {
  const { rows } = await client.query<{ tenant_id: string }>(
    'select tenant_id from rowhouse.tenant_domains where domain = $1',
    [domain],
  );
  return rows[0]?.tenant_id;
}

/** Of some domains, those that the tenant has, claimed or served, and those that another one has proven. */
async function amongDomains(
  client: CatalogClient,
  tenantId: string,
  names: readonly string[],
): Promise<{ readonly known: ReadonlySet<string>; readonly taken: ReadonlySet<string> }> {
  const { rows } = await client.query<{ domain: string; isTaken: boolean }>(
    `select domain, tenant_id <> $1 as "isTaken" from rowhouse.tenant_domains where domain = any ($2)
     union all select domain, false from rowhouse.domain_claims where tenant_id = $1 and domain = any ($2)`,
    [tenantId, names],
  );
  const taken = new Set(rows.filter(({ isTaken }) => isTaken).map(({ domain }) => domain));
  const known = new Set(rows.map(({ domain }) => domain).filter((domain) => !taken.has(domain)));
  return { known, taken };
}

/** Each is looked up in DNS, and costs whoever proves domains for all tenants. */
async function countUnverified(client: CatalogClient, tenantId: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from rowhouse.domain_claims where tenant_id = $1 and status <> 'verified'`,
    [tenantId],
  );
  return rows[0]?.count ?? 0;
}

/** @returns `undefined` for a domain that a script has entered as proven. */
async function tokenOf(
  catalog: Pick<Catalog, 'query'>,
  tenantId: string,
  domain: string,
): Promise<string | undefined> {
  const { rows } = await catalog.query<{ token: string }>(
    'select token from rowhouse.domain_claims where tenant_id = $1 and domain = $2',
    [tenantId, domain],
  );
  return rows[0]?.token;
}

async function readClaim(
  client: CatalogClient,
  { tenantId, domain, token }: Claim,
): Promise<{ status: DomainStatus; failingSince: Date | null; createdAt: Date } | undefined> {
  const { rows } = await client.query<{ status: DomainStatus; failingSince: Date | null; createdAt: Date }>(
    `select status, failing_since as "failingSince", created_at as "createdAt" from rowhouse.domain_claims
      where tenant_id = $1 and domain = $2 and token = $3 for update`,
    [tenantId, domain, token],
  );
  return rows[0];
}

async function writeClaim(
  client: CatalogClient,
  { tenantId, domain }: Claim,
  { status, failure, failingSince, nextCheckAt }: CheckedClaim,
  now: Date,
): Promise<void> {
  await client.query(
    `update rowhouse.domain_claims set status = $3, failure = $4, failing_since = $5, next_check_at = $6, checked_at = $7,
         verified_at = case when $3 = 'verified' and status <> 'verified' then $7 else verified_at end
      where tenant_id = $1 and domain = $2`,
    [tenantId, domain, status, failure, failingSince, nextCheckAt, now],
  );
}

async function stopServing(client: CatalogClient, tenantId: string, domain: string): Promise<void> {
  await client.query('delete from rowhouse.tenant_domains where tenant_id = $1 and domain = $2', [
    tenantId,
    domain,
  ]);
}
