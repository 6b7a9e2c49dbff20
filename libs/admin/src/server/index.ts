export { type AdminServerOptions, createAdminServer } from './admin-server.js';
