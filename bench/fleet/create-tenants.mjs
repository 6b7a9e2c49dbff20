/**
 * Creates tenants, `concurrency` at the same time.
 *
 * @param {Pick<Awaited<ReturnType<typeof import('./open-fleet.mjs').openFleet>>, 'tenants'>} fleet
 * @param {readonly string[]} slugs
 * @param {{ concurrency: number, isolation?: string }} options
 */
export async function createTenants({ tenants }, slugs, { concurrency, isolation }) {
  const queue = [...slugs];
  const work = async () => {
    for (let slug = queue.shift(); slug; slug = queue.shift()) await tenants.create({ slug, isolation });
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** `count` slugs: the prefix with consecutive numbers. */
export function slugsFrom(prefix, first, count) {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(first + index).padStart(5, '0')}`);
}
