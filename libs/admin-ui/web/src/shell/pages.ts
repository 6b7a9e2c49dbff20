/** What the navigation offers. */
export const PAGES = [
  { to: '/', name: 'fleet' },
  { to: '/tenants', name: 'tenants' },
  { to: '/migrations', name: 'migrations' },
  { to: '/operations', name: 'operations' },
  { to: '/backups', name: 'backups' },
  { to: '/jobs', name: 'jobs' },
  { to: '/load', name: 'load' },
  { to: '/usage', name: 'usage' },
  { to: '/transfers', name: 'transfers' },
  { to: '/webhooks', name: 'webhooks' },
  { to: '/doctor', name: 'doctor' },
  { to: '/drift', name: 'drift' },
  { to: '/instance', name: 'instance' },
  { to: '/workers', name: 'workers' },
  { to: '/audit', name: 'audit' },
] as const;
