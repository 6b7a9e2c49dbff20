import type { Catalog } from '@rowhouse/core';
import { type EncryptionKeys, messageOf } from '@rowhouse/core/internal';
import { WebhookKeysMissingError, WebhookSecretUnreadableError } from './webhook-errors.js';

type Client = Pick<Catalog, 'query'>;

interface StoredSecret {
  readonly id: string;
  readonly webhook_id: string;
  readonly key_id: string;
  readonly ciphertext: Buffer;
}

export interface WebhookKeysReport {
  /** The key that encrypts every secret now, but those that failed. */
  readonly current: string;
  readonly reencrypted: number;
  /** Secrets that could not be decrypted; they are as before. */
  readonly failed: readonly { readonly webhookId: string; readonly keyId: string; readonly error: string }[];
}

/** The secrets of webhooks in the catalog. What is encrypted names its webhook, so that it can be moved to no other. */
export class WebhookSecrets {
  readonly #keys: EncryptionKeys | undefined;

  constructor(keys: EncryptionKeys | undefined) {
    this.#keys = keys;
  }

  /** Makes a secret the current one of a webhook. Of those before, the last signs for the overlap as well. */
  async add(client: Client, webhookId: string, secret: string, overlapHours: number): Promise<void> {
    const { current } = this.#present();
    const ciphertext = await this.#encrypt(webhookId, secret);
    await client.query(
      'delete from rowhouse.webhook_secrets where webhook_id = $1 and expires_at is not null',
      [webhookId],
    );
    await client.query(
      `update rowhouse.webhook_secrets set expires_at = pg_catalog.now() + $2 * interval '1 hour' where webhook_id = $1`,
      [webhookId, overlapHours],
    );
    await client.query(
      'insert into rowhouse.webhook_secrets (webhook_id, key_id, ciphertext) values ($1, $2, $3)',
      [webhookId, current, ciphertext],
    );
  }

  /**
   * The secrets that sign, the current one first.
   *
   * @throws {WebhookSecretUnreadableError}
   */
  async of(client: Client, webhookId: string): Promise<readonly string[]> {
    const { rows } = await client.query<StoredSecret>(
      `select id, webhook_id, key_id, ciphertext from rowhouse.webhook_secrets
        where webhook_id = $1 and (expires_at is null or expires_at > pg_catalog.now()) order by expires_at nulls first`,
      [webhookId],
    );
    return Promise.all(rows.map((row) => this.#decrypt(row)));
  }

  /** Encrypts by the current key what another one has encrypted. May be called again after a failure. */
  async reencrypt(client: Client): Promise<WebhookKeysReport> {
    const { current } = this.#present();
    const { rows } = await client.query<StoredSecret>(
      'select id, webhook_id, key_id, ciphertext from rowhouse.webhook_secrets where key_id <> $1 order by id',
      [current],
    );
    const failed: WebhookKeysReport['failed'][number][] = [];
    for (const row of rows) {
      try {
        const ciphertext = await this.#encrypt(row.webhook_id, await this.#decrypt(row));
        await client.query(
          'update rowhouse.webhook_secrets set key_id = $2, ciphertext = $3 where id = $1 and key_id = $4',
          [row.id, current, ciphertext, row.key_id],
        );
      } catch (error) {
        failed.push({ webhookId: row.webhook_id, keyId: row.key_id, error: messageOf(error) });
      }
    }
    return { current, reencrypted: rows.length - failed.length, failed };
  }

  async #encrypt(webhookId: string, secret: string): Promise<Buffer> {
    const keys = this.#present();
    return Buffer.from(await keys.encrypt(keys.current, Buffer.from(`${webhookId}\n${secret}`)));
  }

  async #decrypt({ webhook_id: webhookId, key_id: keyId, ciphertext }: StoredSecret): Promise<string> {
    const keys = this.#present();
    const plaintext = await keys.decrypt(keyId, ciphertext).catch((error: unknown) => {
      throw new WebhookSecretUnreadableError(webhookId, keyId, error);
    });
    const [owner, secret] = Buffer.from(plaintext).toString().split('\n');
    if (owner !== webhookId || !secret) throw new WebhookSecretUnreadableError(webhookId, keyId);
    return secret;
  }

  /** @throws {WebhookKeysMissingError} */
  #present(): EncryptionKeys {
    if (!this.#keys) throw new WebhookKeysMissingError();
    return this.#keys;
  }
}
