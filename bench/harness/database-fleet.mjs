import pg from 'pg';
import { Fleet, ROWS, TABLES } from './fleet.mjs';
import { readTenants, slugOf } from './tenants.mjs';

/** Tenants with a database each, on the same server. */
export class DatabaseFleet extends Fleet {
  isolation = 'database';
  /** The tenants' databases, by their numbers. */
  #names = [];

  get schemas() {
    return [];
  }

  async makeHomes(_, from, to) {
    const { databaseNameOf } = await import('@rowhouse/core/internal');
    const tenants = (await readTenants(this.admin, to)).slice(from - 1);
    const names = tenants.map(databaseNameOf);
    for (const name of names) this.database.dropsDatabase(name);
    await this.deployment.prepareEach(tenants);
    this.#names.push(...names);
    for (let number = from; number <= to; number += 1) await this.#furnish(number);
  }

  async expectOwnRows(tenants) {
    for (let number = 1; number <= tenants; number += 1) {
      const [row] = await this.#query(
        number,
        `select sku from public.products where not starts_with(sku, '${slugOf(number)}-') limit 1`,
      );
      if (row)
        throw new Error(`The database of tenant ${slugOf(number)} holds a row of another one: ${row.sku}.`);
    }
  }

  async removePosted() {
    await super.removePosted();
    for (let number = 1; number <= this.size; number += 1) {
      await this.#query(number, "delete from public.products where sku like '%-posted'");
      await this.#query(number, 'vacuum analyze public.products');
    }
  }

  async expect(size) {
    const [{ rows }] = await this.#query(size, 'select count(*)::int as rows from public.products');
    if (rows !== ROWS) throw new Error(`The database of tenant ${slugOf(size)} has ${rows} products.`);
  }

  async #furnish(number) {
    await this.admin.query(`grant connect on database ${this.#names[number - 1]} to ${this.group}`);
    for (const table of this.tables) {
      await this.#query(number, TABLES[table].create);
      await this.#query(number, TABLES[table].fill('public', `'${slugOf(number)}'`));
      await this.#query(number, `grant select, insert, update, delete on public.${table} to ${this.group}`);
      await this.#query(number, `analyze public.${table}`);
    }
  }

  async #query(number, text) {
    const client = new pg.Client(
      Object.assign(new URL(this.database.url), { pathname: this.#names[number - 1] }).href,
    );
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }
}
