/** In packets: the token that names the tenant. */
export const TENANT_FIELD = 'rowhouse';
/** The same in the metadata of gRPC. */
export const TENANT_METADATA = 'rowhouse-tenant';

/** The purpose of a token for messages of a pattern, however the transport writes the pattern. */
export function purposeOfPattern(pattern: unknown): string {
  return `pattern ${canonical(typeof pattern === 'string' ? parsed(pattern) : pattern)}`;
}

/** @param path - as in `/orders.Orders/Place`. */
export function purposeOfCall(path: string): string {
  return `call ${path}`;
}

function parsed(pattern: string): unknown {
  try {
    return JSON.parse(pattern);
  } catch {
    return pattern;
  }
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join()}}`;
}
