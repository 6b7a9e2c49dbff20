export type { Authenticate, Handshake } from '../sockets/handshake.js';
export { type TenantSocketsOptions, tenantOfSocket, tenantRoom, tenantSockets } from './tenant-sockets.js';
