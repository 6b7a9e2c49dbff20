import { type Actor, type Catalog, PostgresTenantStore, TenantNotFoundError } from '@rowhouse/core';
import {
  findTenant,
  makeWebhookSecret,
  type OutgoingPolicy,
  OutgoingUrlError,
  parseOutgoingUrl,
  requireActor,
  sqlStateOf,
} from '@rowhouse/core/internal';
import { parseFields } from '../invalid-fields.js';
import {
  type NewWebhook,
  newWebhookSchema,
  type Webhook,
  type WebhookChange,
  type WebhookRotation,
  type WebhookWithSecret,
  webhookChangeSchema,
  webhookRotationSchema,
} from './webhook.js';
import { WebhookInvalidError } from './webhook-errors.js';
import { parseWebhooksOptions, type WebhooksOptions } from './webhook-options.js';
import {
  auditWebhook,
  type Client,
  disableWebhook,
  listWebhooks,
  notifyDispatchers,
  readWebhook,
  type WebhookListing,
} from './webhook-records.js';
import { type WebhookKeysReport, WebhookSecrets } from './webhook-secrets.js';

export interface WebhookControl {
  /** For the audit trail. Default: that of the request. */
  readonly by?: Actor | undefined;
  /** Called with the present state of a webhook, which is locked, before it is changed; what it throws ends the change. */
  readonly check?: ((present: Webhook) => void) | undefined;
}

export interface WebhookListQuery extends Omit<WebhookListing, 'tenantId'> {
  /** Slug or id: only those of this tenant. */
  readonly tenant?: string | undefined;
}

const FOREIGN_KEY_VIOLATION = '23503';

/** Where events are sent to, in the catalog. A secret is shown once, when it is made. */
export class Webhooks {
  readonly #catalog: Catalog;
  readonly #tenants: PostgresTenantStore;
  readonly #policy: OutgoingPolicy;
  readonly #secrets: WebhookSecrets;

  /** @throws {OptionsInvalidError} */
  constructor(catalog: Catalog, options: WebhooksOptions = {}) {
    const { keys, ...policy } = parseWebhooksOptions(options);
    this.#catalog = catalog;
    this.#tenants = new PostgresTenantStore({ pool: catalog });
    this.#policy = policy;
    this.#secrets = new WebhookSecrets(keys);
  }

  /** Latest first. @throws {TenantNotFoundError} */
  async list({ tenant, ...listing }: WebhookListQuery): Promise<readonly Webhook[]> {
    return listWebhooks(this.#catalog, { ...listing, tenantId: await this.#idOf(tenant) });
  }

  /** @throws {WebhookNotFoundError} */
  find(id: string): Promise<Webhook> {
    return readWebhook(this.#catalog, id);
  }

  /**
   * @throws {WebhookInvalidError}
   * @throws {TenantNotFoundError}
   * @throws {WebhookKeysMissingError}
   */
  async create(input: NewWebhook, { by }: Pick<WebhookControl, 'by'> = {}): Promise<WebhookWithSecret> {
    requireActor(by);
    const { url, description, events, tenant } = parseFields(newWebhookSchema, input, WebhookInvalidError);
    const { href } = allowedUrl(url, this.#policy);
    const tenantId = await this.#idOf(tenant);
    const secret = makeWebhookSecret();
    return this.#catalog.transaction(async (client) => {
      const { rows } = await client
        .query<{ id: string }>(
          `insert into rowhouse.webhooks (tenant_id, url, description, events, created_by) values ($1, $2, $3, $4, $5) returning id`,
          [tenantId ?? null, href, description, events, by ? JSON.stringify(by) : null],
        )
        .catch((error: unknown) => {
          throw sqlStateOf(error) === FOREIGN_KEY_VIOLATION ? new TenantNotFoundError() : error;
        });
      const { id } = rows[0] as { id: string };
      await this.#secrets.add(client, id, secret, 0);
      const created = await readWebhook(client, id);
      await auditWebhook(client, 'created', created, { after: created, by });
      return { ...created, secret };
    });
  }

  /**
   * What is left out stays as it is. Enabled again, it goes on with what is pending.
   *
   * @throws {WebhookInvalidError}
   * @throws {WebhookNotFoundError}
   */
  async update(id: string, change: WebhookChange, control: WebhookControl = {}): Promise<Webhook> {
    const { url, description, events, enabled } = parseFields(
      webhookChangeSchema,
      change,
      WebhookInvalidError,
    );
    const href = url === undefined ? null : allowedUrl(url, this.#policy).href;
    return this.#change(id, control, async (client, before) => {
      await client.query(
        `update rowhouse.webhooks set url = coalesce($2, url), description = coalesce($3, description),
            events = coalesce($4, events), updated_at = pg_catalog.now()
          where id = $1`,
        [id, href, description ?? null, events ?? null],
      );
      if (enabled === false) await disableWebhook(client, id, 'operator');
      if (enabled === true) await enableWebhook(client, id);
      const after = await readWebhook(client, id);
      await auditWebhook(client, 'updated', after, { before, after, by: control.by });
      return after;
    });
  }

  /**
   * Removes a webhook with all that is known of its deliveries; what is pending is not delivered.
   *
   * @returns the webhook that was.
   * @throws {WebhookNotFoundError}
   */
  async remove(id: string, { by, check }: WebhookControl = {}): Promise<Webhook> {
    requireActor(by);
    return this.#catalog.transaction(async (client) => {
      const before = await readWebhook(client, id, 'for update');
      check?.(before);
      await client.query('delete from rowhouse.webhooks where id = $1', [id]);
      await auditWebhook(client, 'removed', before, { before, by });
      return before;
    });
  }

  /**
   * Makes a new secret. For the overlap, messages are signed by the one before as well; a secret of an earlier rotation ends at once.
   *
   * @throws {WebhookInvalidError}
   * @throws {WebhookNotFoundError}
   * @throws {WebhookKeysMissingError}
   */
  async rotate(
    id: string,
    rotation: WebhookRotation = {},
    control: WebhookControl = {},
  ): Promise<WebhookWithSecret> {
    const { overlapHours } = parseFields(webhookRotationSchema, rotation, WebhookInvalidError);
    const secret = makeWebhookSecret();
    return this.#change(id, control, async (client, before) => {
      await this.#secrets.add(client, id, secret, overlapHours);
      const after = await readWebhook(client, id);
      await auditWebhook(client, 'rotated', after, { before, after, by: control.by });
      return { ...after, secret };
    });
  }

  /**
   * Encrypts every secret by the current key, after that was changed.
   *
   * @throws {WebhookKeysMissingError}
   */
  reencrypt(): Promise<WebhookKeysReport> {
    return this.#secrets.reencrypt(this.#catalog);
  }

  /** Changes go on while events are written: these hold the row too. */
  #change<T>(
    id: string,
    { by, check }: WebhookControl,
    change: (client: Client, present: Webhook) => Promise<T>,
  ): Promise<T> {
    requireActor(by);
    return this.#catalog.transaction(async (client) => {
      const present = await readWebhook(client, id, 'for no key update');
      check?.(present);
      return change(client, present);
    });
  }

  async #idOf(tenant: string | undefined): Promise<string | undefined> {
    return tenant === undefined ? undefined : (await findTenant(this.#tenants, tenant)).id;
  }
}

async function enableWebhook(client: Client, id: string): Promise<void> {
  await client.query(
    'update rowhouse.webhooks set disabled_at = null, disabled_because = null where id = $1',
    [id],
  );
  await notifyDispatchers(client);
}

/** @throws {WebhookInvalidError} */
function allowedUrl(text: string, policy: OutgoingPolicy): URL {
  try {
    return parseOutgoingUrl(text, policy);
  } catch (error) {
    if (!(error instanceof OutgoingUrlError)) throw error;
    throw new WebhookInvalidError([{ field: 'url', expected: error.expected }]);
  }
}
