export {
  TenancyBackupModule,
  type TenancyBackupModuleOptions,
  type TenancyBackupOptionsFactory,
} from './backups/tenancy-backup.module.js';
