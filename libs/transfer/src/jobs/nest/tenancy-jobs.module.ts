import { type DynamicModule, Module } from '@nestjs/common';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './tenancy-jobs.module-definition.js';

/**
 * Durable jobs of tenants, in an app that has {@link TenancyModule} with TypeORM and the catalog as its store:
 *
 *     TenancyJobsModule.forRoot()
 *
 * Everywhere injectable: {@link TenantJobs}. Methods with {@link TenantJob} run the jobs, unless `work` is false.
 */
@Module({})
export class TenancyJobsModule extends ConfigurableModuleClass {
  /** @throws {OptionsInvalidError} at start-up, naming the path of each wrong option. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: through `super` the builder learns that the module is this class.
    return super.forRoot(options);
  }

  /** As {@link forRoot}, with options that come from other providers. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: as in forRoot.
    return super.forRootAsync(options);
  }
}
