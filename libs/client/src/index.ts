export type { components as AdminSchemas, paths as AdminPaths } from './admin-api.js';
export { type AdminClient, type AdminClientOptions, createAdminClient } from './admin-client.js';
