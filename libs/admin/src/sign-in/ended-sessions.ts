import { createHash } from 'node:crypto';
import type { Catalog } from '@rowhouse/core';

interface EndableSession {
  readonly csrfToken: string;
  readonly expiresAt: Date;
}

/** Sessions that were ended before they would have expired, for all instances. */
export class EndedSessions {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  async has(session: Pick<EndableSession, 'csrfToken'>): Promise<boolean> {
    const { rowCount } = await this.#catalog.query(
      'select from rowhouse.ended_sessions where token_hash = $1',
      [hashOf(session)],
    );
    return rowCount === 1;
  }

  /** Those that have expired since are forgotten: their cookies are good for nothing by themselves. */
  async add(session: EndableSession): Promise<void> {
    await this.#catalog.query('delete from rowhouse.ended_sessions where expires_at < pg_catalog.now()');
    await this.#catalog.query(
      'insert into rowhouse.ended_sessions (token_hash, expires_at) values ($1, $2) on conflict do nothing',
      [hashOf(session), session.expiresAt],
    );
  }
}

/** The token is random, of this session alone, and only its cookie has it. */
function hashOf({ csrfToken }: Pick<EndableSession, 'csrfToken'>): Buffer {
  return createHash('sha256').update(csrfToken).digest();
}
