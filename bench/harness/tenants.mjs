/** The slug of the tenant with this number, from 1. */
export function slugOf(number) {
  return `t${String(number).padStart(5, '0')}`;
}

/** The schema that `@rowhouse/core` gives the slug. */
export function schemaOf(number) {
  return `tenant_${slugOf(number)}`;
}
