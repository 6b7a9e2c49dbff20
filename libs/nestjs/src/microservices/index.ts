export { tenantClient } from './tenant-client.js';
export { tenantGrpcClient } from './tenant-grpc-client.js';
export { tenantServer } from './tenant-server.js';
