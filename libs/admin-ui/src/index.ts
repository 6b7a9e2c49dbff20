export {
  TenancyAdminUiModule,
  type TenancyAdminUiModuleOptions,
} from './tenancy-admin-ui.module.js';
