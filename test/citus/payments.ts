import { type Tenant, TenantContext } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';

const ACCOUNTS = 10;
const START = 1_000;

/** Payments between the products of a tenant, each with an entry, that go on while something else happens to it. */
export class Payments {
  readonly #registry: DataSourceRegistry;
  readonly #tenant: Tenant;
  #isOver = false;
  #paid = 0;
  /** Those whose error does not say whether they were committed. */
  #unsure = 0;
  #paying: Promise<unknown> = Promise.resolve();

  constructor(registry: DataSourceRegistry, tenant: Tenant) {
    this.#registry = registry;
    this.#tenant = tenant;
  }

  /** How many were answered. */
  get paid(): number {
    return this.#paid;
  }

  /** @param options.mayFail - whether a payment may fail, because a server is killed meanwhile. */
  async begin({ mayFail = false } = {}): Promise<void> {
    await this.#query(
      `insert into products (id, name, price) select -n, 'account', ${START} from generate_series(1, ${ACCOUNTS}) n`,
    );
    this.#paying = Promise.all([this.#pay(mayFail), this.#pay(mayFail)]);
    // It is looked at in the end.
    this.#paying.catch(() => {});
  }

  /** @returns what does not add up. */
  async end(): Promise<readonly string[]> {
    this.#isOver = true;
    await this.#paying;
    const [row] = await this.#query(
      `select (select sum(price)::int from products where name = 'account') as total,
              (select count(*)::int from products where name = 'entry') as entries`,
    );
    const { total, entries } = row as { total: number; entries: number };
    return [
      ...(total === ACCOUNTS * START ? [] : [`There are ${total} in all accounts.`]),
      ...(entries >= this.#paid && entries <= this.#paid + this.#unsure
        ? []
        : [`There are ${entries} entries of ${this.#paid} payments, and ${this.#unsure} unsure ones.`]),
    ];
  }

  async #pay(mayFail: boolean): Promise<void> {
    for (let n = 0; !this.#isOver; n += 1) {
      const [from, to] = [-1 - (n % ACCOUNTS), -1 - ((n * 7 + 3) % ACCOUNTS)];
      try {
        await TenantContext.run(this.#tenant, () =>
          this.#registry.for(this.#tenant).transaction(async (manager) => {
            await manager.query(`insert into products (name) values ('entry')`);
            // In one order, so that two payments wait for each other and no more.
            for (const id of [from, to].sort((a, b) => a - b))
              await manager.query('update products set price = price + $2 where id = $1', [
                id,
                from === to ? 0 : id === from ? -1 : 1,
              ]);
          }),
        );
        this.#paid += 1;
      } catch (error) {
        if (!mayFail) throw error;
        this.#unsure += 1;
      }
    }
  }

  #query(text: string): Promise<unknown[]> {
    return TenantContext.run(this.#tenant, () => this.#registry.for(this.#tenant).query(text));
  }
}
