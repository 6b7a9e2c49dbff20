/** Of a slug. */
const MAX_LENGTH = 48;

/** The slug of a tenant with the rows of another as they were at a moment: `acme-at-20261127-143000`, in UTC. */
export function slugAt({ slug }: { readonly slug: string }, at: Date): string {
  const digits = at.toISOString().replace(/\D/g, '');
  const suffix = `-at-${digits.slice(0, 8)}-${digits.slice(8, 14)}`;
  return `${slug.slice(0, MAX_LENGTH - suffix.length)}${suffix}`;
}
