import { slugOf } from './tenants.mjs';

/**
 * The bytes of a request to the app under test, for the tenant with this number.
 *
 * @param {import('./works.mjs').Work} work
 * @param {string} [sku] of what is posted
 */
export function requestBytes({ method, path }, tenantNumber, sku = `${slugOf(tenantNumber)}-posted`) {
  const slug = slugOf(tenantNumber);
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tenant-ID: ${slug}\r\n`;
  if (method === 'GET') return Buffer.from(`${head}\r\n`);
  const body = JSON.stringify({
    sku,
    name: 'Steel watering can, 5 l',
    description: 'Hot-dip galvanised, brass rose, made to be repaired.',
    priceCents: 4_900,
    stock: 12,
  });
  return Buffer.from(
    `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The bytes of a request whose statement takes so many milliseconds. */
export function slowRequestBytes(statementMs, tenantNumber) {
  return Buffer.from(
    `GET /slow/${statementMs} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tenant-ID: ${slugOf(tenantNumber)}\r\n\r\n`,
  );
}

/** The bytes of a request whose statement takes the processor for so many rows. */
export function burningRequestBytes(rows, tenantNumber) {
  return Buffer.from(
    `GET /slow/burn/${rows} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tenant-ID: ${slugOf(tenantNumber)}\r\n\r\n`,
  );
}

/** The bytes of a request that attacks in this way (bench/app/src/hostile). */
export function hostileRequestBytes(kind, tenantNumber) {
  return Buffer.from(
    `GET /hostile/${kind} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tenant-ID: ${slugOf(tenantNumber)}\r\n\r\n`,
  );
}
