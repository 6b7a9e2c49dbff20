export type { ExamineDeployment } from '../deployment/doctor.js';
export { type AdminServerOptions, createAdminServer } from './admin-server.js';
