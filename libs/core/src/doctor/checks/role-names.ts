/** SQL that is true of the roles of a deployment: those that all tenants share, and those of tenants. */
export function isOfDeployment(name: string, prefix: string): string {
  return `(pg_catalog.starts_with(${name}, ${prefix} || '_')
    and substr(${name}, length(${prefix}) + 2) ~ '^(app|shared|row|system|[0-9a-f]{32})$')`;
}

/** The id in the name of a tenant's role: a UUID without its hyphens. */
export function idOfRole(name: string): string {
  return name.slice(-32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
