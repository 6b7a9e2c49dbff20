import { acme } from '../seed/acme.js';
import { seedId } from '../seed/storefront-seed.js';
import type { Database } from './open-database.js';

/** What a developer sees when the application is up: where everything is, and a first tour to copy and paste. */
export function banner(
  { api: port, admin }: { api: number; admin: number },
  database: Database,
  staff: { readonly nora: string; readonly sven: string },
): string {
  const url = `http://localhost:${port}`;
  const order = JSON.stringify({
    customerId: seedId(acme.slug, 'customer', 'tom.baker@example.com'),
    lines: [{ productId: seedId(acme.slug, 'product', 'TENT-2P'), quantity: 1 }],
  });
  const paidOrder = seedId(acme.slug, 'order', '6');
  return `
  Rowhouse demo: a storefront for three tenants, each kept apart in a way of its own:
  acme by a schema, globex by row-level security, initech by a database

    API       ${url}
    Docs      ${url}/docs
    Portal    ${url}/portal  (for owners of a shop, with Nora's token below)
    Admin     http://localhost:${admin}/ui
    Its API   http://localhost:${admin}/admin  (for both, token ${process.env.ROWHOUSE_ADMIN_TOKEN})
    Health    ${url}/health/live  ${url}/health/ready  (with the token: ${url}/health)
    Database  ${withoutPassword(database.url)}${database.dataDir ? `\n    Data      ${database.dataDir}` : ''}

  A first tour

    # the same URL, three tenants, different data
    curl -s '${url}/products?limit=3' -H 'X-Tenant-ID: acme'
    curl -s '${url}/products?limit=3' -H 'X-Tenant-ID: globex'
    curl -s '${url}/products?limit=3' -H 'X-Tenant-ID: initech'

    # the tenant as a subdomain
    curl -s http://globex.localhost:${port}/me

    # place an order, and see it on top of the list
    curl -s ${url}/orders -H 'X-Tenant-ID: acme' -H 'Content-Type: application/json' \\
      -d '${order}'
    curl -s '${url}/orders?limit=1' -H 'X-Tenant-ID: acme'

    # an unknown tenant: 404; none: 400; a malformed one: 400
    curl -s ${url}/products -H 'X-Tenant-ID: umbrella'
    curl -s ${url}/products
    curl -s ${url}/products -H "X-Tenant-ID: acme'--"

    # plans: acme's has exports, globex's has none (403)
    curl -s ${url}/orders/export -H 'X-Tenant-ID: acme'
    curl -s ${url}/orders/export -H 'X-Tenant-ID: globex'

    # what is left of a rate, and what the instance and a tenant depend on
    curl -si ${url}/products -H 'X-Tenant-ID: globex' | grep -i ratelimit
    curl -s ${url}/health -H 'Authorization: Bearer ${process.env.ROWHOUSE_ADMIN_TOKEN}'
    curl -s ${url}/health/tenants/initech -H 'Authorization: Bearer ${process.env.ROWHOUSE_ADMIN_TOKEN}'

    # who works in a shop ships its orders: Nora owns acme and works at globex, Sven works at acme only (globex: 403)
    NORA='Authorization: Bearer ${staff.nora}'
    SVEN='Authorization: Bearer ${staff.sven}'
    curl -s ${url}/me/tenants -H "$NORA"
    curl -s -X PATCH ${url}/orders/${paidOrder} -H 'X-Tenant-ID: acme' -H "$SVEN" \\
      -H 'Content-Type: application/json' -d '{"status":"shipped"}'
    curl -s -X PATCH ${url}/orders/${paidOrder} -H 'X-Tenant-ID: globex' -H "$SVEN" \\
      -H 'Content-Type: application/json' -d '{"status":"shipped"}'

    # operators: which tenant is at which version of the schema, and all tenants (routes: /admin/openapi.json)
    TOKEN='Authorization: Bearer ${process.env.ROWHOUSE_ADMIN_TOKEN}'
    curl -s ${url}/migrations -H "$TOKEN"
    curl -s 'http://localhost:${admin}/admin/tenants?sort=name' -H "$TOKEN"
    curl -s http://localhost:${admin}/admin/tenants/globex/limits -H "$TOKEN"

    # what each shop does (every ten seconds), and the same for Prometheus
    curl -s http://localhost:${admin}/admin/metrics/acme -H "$TOKEN"
    curl -s http://localhost:${admin}/metrics -H "$TOKEN"

${database.dataDir ? '    # in another terminal: prove that the three are kept apart, and open a fourth shop\n    npm run rowhouse -- doctor\n    npm run rowhouse -- tenants create umbrella --name Umbrella\n\n' : ''}  Ctrl-C stops the server${database.dataDir ? ' and its database' : ''}.
`;
}

function withoutPassword(url: string): string {
  return Object.assign(new URL(url), { password: '', search: '' }).href;
}
