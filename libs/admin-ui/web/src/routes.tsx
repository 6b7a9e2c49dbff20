import { createBrowserRouter } from 'react-router';
import { Layout } from './shell/layout.js';
import { NotFound, PageFault } from './shell/not-found.js';
import { BASE_PATH } from './surroundings.js';

const page = <M extends Record<N, React.ComponentType>, N extends string>(
  load: () => Promise<M>,
  name: N,
) => ({
  lazy: async () => ({ Component: (await load())[name] }),
});

export const routes = createBrowserRouter(
  [
    {
      Component: Layout,
      ErrorBoundary: PageFault,
      HydrateFallback: () => null,
      children: [
        { index: true, ...page(() => import('./pages/fleet.js'), 'Fleet') },
        { path: 'tenants', ...page(() => import('./pages/tenants/tenants.js'), 'Tenants') },
        { path: 'create', ...page(() => import('./pages/tenants/create.js'), 'CreateTenant') },
        { path: 'tenants/:tenant/:tab?', ...page(() => import('./pages/tenant/tenant.js'), 'TenantPage') },
        { path: 'operations', ...page(() => import('./pages/operations/operations.js'), 'Operations') },
        { path: 'operations/:id', ...page(() => import('./pages/operations/operation.js'), 'OperationPage') },
        { path: 'migrations', ...page(() => import('./pages/migrations/migrations.js'), 'Migrations') },
        { path: 'backups', ...page(() => import('./pages/backups/backups.js'), 'Backups') },
        { path: 'migrations/plan', ...page(() => import('./pages/migrations/plan.js'), 'MigrationPlan') },
        { path: 'jobs', ...page(() => import('./pages/jobs/jobs.js'), 'Jobs') },
        { path: 'load', ...page(() => import('./pages/load/load.js'), 'Load') },
        { path: 'usage', ...page(() => import('./pages/usage/usage.js'), 'Usage') },
        { path: 'transfers', ...page(() => import('./pages/transfers/transfers.js'), 'Transfers') },
        { path: 'webhooks', ...page(() => import('./pages/webhooks/webhooks.js'), 'Webhooks') },
        { path: 'doctor', ...page(() => import('./pages/deployment/doctor.js'), 'Doctor') },
        { path: 'drift', ...page(() => import('./pages/deployment/drift.js'), 'Drift') },
        { path: 'instance', ...page(() => import('./pages/deployment/instance.js'), 'Instance') },
        { path: 'workers', ...page(() => import('./pages/workers/workers.js'), 'Workers') },
        { path: 'audit', ...page(() => import('./pages/audit.js'), 'AuditPage') },
        { path: '*', Component: NotFound },
      ],
    },
    { path: 'signed-in', ...page(() => import('./session/signed-in.js'), 'SignedInPage') },
  ],
  { basename: BASE_PATH || '/' },
);
