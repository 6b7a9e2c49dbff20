-- Procedures with transactions, overloads, defaults, OUT and VARIADIC arguments, composite results, and data by COPY as CSV and text.
create table products (id serial primary key, sku text not null unique, title text not null, price numeric(10, 2) not null, stock int not null default 0, check (stock >= 0));
create table carts (id serial primary key, customer text not null, opened timestamptz not null default now(), closed boolean not null default false);
create unique index one_open_cart on carts (customer) where not closed;
create table cart_lines (cart_id int not null references carts on delete cascade, product_id int not null references products, quantity int not null default 1, primary key (cart_id, product_id));
create table orders (id bigint generated always as identity primary key, cart_id int unique references carts, total numeric(12, 2) not null, status text not null default 'new' check (status in ('new', 'paid', 'sent')));
create table stock_moves (id bigserial primary key, product_id int not null references products, delta int not null, reason text, at timestamptz not null default now());
create type cart_total as (lines int, total numeric);

create function total_of(cart int, out lines int, out total numeric) language plpgsql stable as $$ begin
  select count(*), coalesce(sum(l.quantity * p.price), 0) into lines, total from cart_lines l join products p on p.id = l.product_id where l.cart_id = cart; end $$;
create function total_of(customer text) returns cart_total language sql stable
  as $$ select row(t.lines, t.total)::cart_total from carts c, lateral total_of(c.id) t where c.customer = total_of.customer and not c.closed $$;
create procedure add_to_cart(who text, variadic skus text[]) language plpgsql as $$
declare cart int; begin
  insert into carts (customer) values (who) on conflict (customer) where not closed do update set opened = now() returning id into cart;
  insert into cart_lines (cart_id, product_id) select cart, id from products where sku = any (skus) on conflict (cart_id, product_id) do update set quantity = cart_lines.quantity + 1;
end $$;
create procedure check_out(cart int, inout order_id bigint default null, pay boolean default true) language plpgsql security definer set search_path = public as $$
declare l record; begin
  for l in select * from cart_lines where cart_id = cart for update loop
    update products set stock = stock - l.quantity where id = l.product_id;
  end loop;
  insert into orders (cart_id, total, status) select cart, total, case when pay then 'paid' else 'new' end from total_of(cart) returning id into order_id;
  update carts set closed = true where id = cart;
end $$;
create procedure close_old_carts(batch int default 100) language plpgsql as $$
declare n int; begin
  loop
    update carts set closed = true where id in (select id from carts where not closed and opened < now() - interval '30 days' limit batch);
    get diagnostics n = row_count;
    commit;
    exit when n = 0;
  end loop;
end $$;
create function moved() returns trigger language plpgsql as $$ begin
  insert into stock_moves (product_id, delta, reason) values (new.id, new.stock - old.stock, coalesce(tg_argv[0], 'unknown')); return null; end $$;
create trigger stock_moved after update of stock on products for each row when (old.stock is distinct from new.stock) execute function moved('sale');
create function best_sellers(since timestamptz default now() - interval '1 year', variadic statuses text[] default '{paid,sent}')
  returns table (sku text, sold bigint, place bigint) language sql stable rows 20 cost 500 parallel safe
  as $$ select p.sku, sum(l.quantity), rank() over (order by sum(l.quantity) desc) from orders o join cart_lines l using (cart_id) join products p on p.id = l.product_id where o.status = any (statuses) group by 1 $$;
revoke execute on procedure check_out(int, bigint, boolean) from public;
create view bestsellers as select * from best_sellers();

copy products (sku, title, price, stock) from stdin with (format csv, header);
sku,title,price,stock
TEA-1,"Tea, green; ""loose""",4.50,10
CUP-1,"Cup
with a line",12.00,5
\.
COPY carts (id, customer, closed) FROM stdin;
1	ada	t
2	bob	f
\.
copy cart_lines from stdin;
1	1	2
2	2	1
\.
select setval('carts_id_seq', 2);
call check_out(1);
