/** A release with the tables of the bench: two that hold rows, and empty ones. */
export function migrationsOf(tables) {
  class Shop1757000000001 {
    async up(runner) {
      await runner.query('create table customers (id bigserial primary key, name text not null)');
      await runner.query(`create table events (id bigserial primary key, customer_id bigint not null references customers (id),
        at timestamptz not null, kind varchar(20) not null, amount numeric(12, 2), payload jsonb not null)`);
      await runner.query('create index events_customer_id_idx on events (customer_id)');
      for (let n = 3; n <= tables; n += 1)
        await runner.query(`create table part_${n} (id bigserial primary key, name text not null)`);
    }

    async down() {}
  }
  return [Shop1757000000001];
}

/** Statements that fill the home of a tenant. */
export function fillingOf(rows) {
  return [
    `insert into customers (name) select 'customer ' || n from generate_series(1, 1000) n`,
    `insert into events (customer_id, at, kind, amount, payload)
       select 1 + n % 1000, timestamptz '2026-01-01' + n * interval '1 second', 'kind ' || n % 7, n % 10000 / 100.0,
              jsonb_build_object('n', n, 'text', repeat(md5(n::text), 4))
         from generate_series(1, ${rows}) n`,
  ];
}
