import { remediesFor } from './second-tenant-rows.js';

it('takes the statement of a warning as its remedy', () => {
  const warnings = [
    'orders_pkey of public.orders stays unique over all tenants (number). To make it unique within each tenant: alter table public.orders drop constraint "orders_pkey"; alter table public.orders add primary key (tenant_id, number)',
    'The materialized view public.totals holds rows of all tenants: make it a view or a table.',
  ];
  expect(remediesFor(['orders_pkey', 'totals'], warnings)).toEqual([
    'alter table public.orders drop constraint "orders_pkey"; alter table public.orders add primary key (tenant_id, number)',
  ]);
});
