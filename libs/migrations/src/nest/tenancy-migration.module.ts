import { type DynamicModule, Module } from '@nestjs/common';
import type { Fleet } from '../fleet/fleet.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './tenancy-migration.module-definition.js';

/**
 * The life of tenants and the migrations of their schemas, in an app that has {@link TenancyModule} with TypeORM:
 *
 *     TenancyMigrationModule.forRoot({ path: 'admin/migrations', auth: OperatorsOnly })
 *
 * Everywhere injectable: {@link Fleet}, {@link TenantLifecycle}, {@link FleetMigrations} and {@link HookDelivery}. Classes
 * with {@link TenantHooks} are notified of the life of tenants. With `path`, migrations are served over HTTP, behind `auth`.
 */
@Module({})
export class TenancyMigrationModule extends ConfigurableModuleClass {
  /** @throws {OptionsInvalidError} for `path` without `auth`; at start-up, naming the path of each other wrong option. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options that come from other providers; `path` and `auth` stand beside the factory.
   *
   * @throws {OptionsInvalidError} for `path` without `auth`.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }
}
