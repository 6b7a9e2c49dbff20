/** The attacker's knowledge of another tenant's shop: ids from a link. */
export interface Shop {
  readonly slug: string;
  readonly id: string;
  readonly schema: string;
  readonly productId: string;
  readonly sku: string;
  readonly orderId: string;
  readonly customerId: string;
}

export interface HttpAttack {
  readonly name: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as JSON by POST, unless it is a text already. */
  readonly body?: unknown;
}

const INJECTIONS = [
  `' or '1'='1`,
  `'; set role postgres; --`,
  `") or 1=1 --`,
  `\${1+1}`,
  `$$; select 1; $$`,
  `E'\\'; drop schema public cascade; --`,
  `%27%20or%201=1`,
  `x' union select null,secret from products --`,
] as const;

const cursor = (text: string) => Buffer.from(text).toString('base64url');

/** Attacks through every input of the app, sent by one tenant and aimed at another. */
export function httpAttacks(own: Shop, victim: Shop): readonly HttpAttack[] {
  const product = { sku: 'PLANTED', name: 'planted', priceCents: 1, stock: 1 };
  const order = { customerId: own.customerId, lines: [{ productId: own.productId, quantity: 1 }] };
  const post = (name: string, path: string, body: unknown): HttpAttack => ({ name, path, body });
  return [
    { name: 'the key of a product in the path', path: `/products/${victim.productId}` },
    { name: 'the key of an order in the path', path: `/orders/${victim.orderId}` },
    { name: 'the key of a product where an order is looked for', path: `/orders/${victim.productId}` },
    { name: 'a way up in the path', path: `/products/..%2f..%2f${victim.slug}/products` },
    { name: 'another tenant before the path', path: `/${victim.slug}/products` },
    { name: 'another tenant before the path, as /t', path: `/t/${victim.slug}/products` },
    { name: 'a whole URL as the path', path: `http://${victim.slug}.localhost/products` },
    { name: 'a NUL in the path', path: '/products/%00' },
    { name: 'half a character in the path', path: '/products/%c0%af' },
    ...INJECTIONS.map((text, n) => ({
      name: `SQL in the path, ${n + 1}`,
      path: `/products/${encodeURIComponent(text)}`,
    })),
    ...INJECTIONS.map((text, n) => ({
      name: `SQL in a cursor, ${n + 1}`,
      path: `/products?cursor=${cursor(text)}`,
    })),
    ...INJECTIONS.map((text, n) => ({
      name: `SQL in a status, ${n + 1}`,
      path: `/orders?status=${encodeURIComponent(text)}`,
    })),
    ...INJECTIONS.map((text, n) => ({
      name: `SQL in a limit, ${n + 1}`,
      path: `/orders?limit=${encodeURIComponent(`1${text}`)}`,
    })),
    ...INJECTIONS.map((text, n) =>
      post(`SQL in a name, ${n + 1}`, '/products', {
        ...product,
        sku: `SQL-${own.slug.toUpperCase()}-${n}`,
        name: text,
        description: text,
      }),
    ),
    ...INJECTIONS.map((text, n) => post(`SQL in an SKU, ${n + 1}`, '/products', { ...product, sku: text })),
    ...INJECTIONS.map((text, n) => post(`SQL in a key, ${n + 1}`, '/orders', { ...order, customerId: text })),
    ...INJECTIONS.map((text, n) => ({
      name: `SQL in the header of the tenant, ${n + 1}`,
      path: '/products',
      headers: { 'X-Tenant-ID': text },
    })),
    ...INJECTIONS.map((text, n) => ({
      name: `SQL in the host, ${n + 1}`,
      path: '/products',
      headers: { Host: `${text.replaceAll(/[\s]/g, '')}.localhost` },
    })),
    { name: 'a cursor of another listing', path: `/products?cursor=${cursor(victim.sku)}` },
    { name: 'a cursor before everything', path: `/products?cursor=${cursor('0')}&limit=100` },
    ...[
      'tenant',
      'tenantId',
      'tenant_id',
      'schema',
      'search_path',
      'role',
      'where[tenantId]',
      '__proto__[tenant]',
      'X-Tenant-ID',
    ].map((field) => ({
      name: `the parameter ${field}`,
      path: `/products?${encodeURIComponent(field)}=${victim.id}`,
    })),
    { name: 'a parameter twice', path: `/products?limit=1&limit=100` },
    ...['tenantId', 'tenant_id', 'id', 'tenant', 'createdAt', '__proto__', 'constructor'].map((field) =>
      post(
        `the field ${field} of a product`,
        '/products',
        JSON.stringify({ ...product, sku: 'MASS', [field]: 1 }).replace(
          /:1}$/,
          `:"${field === 'id' ? victim.productId : victim.id}"}`,
        ),
      ),
    ),
    ...['tenantId', 'tenant_id', 'id', 'number', 'totalCents', 'status', 'customer'].map((field) =>
      post(`the field ${field} of an order`, '/orders', { ...order, [field]: victim.id }),
    ),
    post('a tenant in a line of an order', '/orders', {
      ...order,
      lines: [{ ...order.lines[0], tenantId: victim.id }],
    }),
    post("another tenant's customer in an order", '/orders', { ...order, customerId: victim.customerId }),
    post("another tenant's product in an order", '/orders', {
      ...order,
      lines: [{ productId: victim.productId, quantity: 1 }],
    }),
    post("another tenant's product beside an own one", '/orders', {
      ...order,
      lines: [...order.lines, { productId: victim.productId, quantity: 1 }],
    }),
    post("another tenant's product as an object", '/orders', {
      ...order,
      lines: [{ product: { id: victim.productId }, quantity: 1 }],
    }),
    post('a list of products', '/products', [{ ...product }, { ...product, tenantId: victim.id }]),
    post("another tenant's SKU", '/products', { ...product, sku: victim.sku }),
    post('a quantity below nothing', '/orders', {
      ...order,
      lines: [{ productId: own.productId, quantity: -1 }],
    }),
    post('a write to the reference table', '/countries', { code: 'XX', name: 'planted' }),
    {
      name: 'another tenant as the forwarded host',
      path: '/products',
      headers: { 'X-Tenant-ID': own.slug, 'X-Forwarded-Host': `${victim.slug}.localhost` },
    },
    {
      name: 'another tenant as Forwarded',
      path: '/products',
      headers: { 'X-Tenant-ID': own.slug, Forwarded: `host=${victim.slug}.localhost` },
    },
    {
      name: 'another tenant as the original URL',
      path: '/products',
      headers: {
        'X-Tenant-ID': own.slug,
        'X-Original-URL': `/${victim.slug}/products`,
        'X-Rewrite-URL': `/${victim.slug}/products`,
      },
    },
    {
      name: 'another tenant in the host',
      path: '/products',
      headers: { 'X-Tenant-ID': own.slug, Host: `${victim.slug}.localhost` },
    },
    {
      name: 'the header of the tenant twice',
      path: '/products',
      headers: { 'X-Tenant-ID': [own.slug, victim.slug] },
    },
    {
      name: 'two tenants in one header',
      path: '/products',
      headers: { 'X-Tenant-ID': `${own.slug}, ${victim.slug}` },
    },
    {
      name: 'the schema in place of the tenant',
      path: '/products',
      headers: { 'X-Tenant-ID': victim.schema },
    },
    { name: 'the catalog as the tenant', path: '/products', headers: { 'X-Tenant-ID': 'rowhouse' } },
    {
      name: 'a tenant that is nearly one',
      path: '/products',
      headers: { 'X-Tenant-ID': `${victim.slug}%00` },
    },
    { name: 'no tenant', path: '/products', headers: {} },
    { name: 'a very long tenant', path: '/products', headers: { 'X-Tenant-ID': 'a'.repeat(4_000) } },
  ];
}
