import { type DynamicModule, Module } from '@nestjs/common';
import { parseOptions } from '@rowhouse/core/internal';
import { operatorController } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { PageController } from './page.controller.js';
import { API_FROM_PAGE, apiFromPage } from './page.js';
import { BUILT_WEB_APP, WebFiles } from './web-files.js';

export interface TenancyAdminUiModuleOptions {
  /** Where the pages are served, such as `ui`. */
  readonly path: string;
  /** Where the admin API is, on the same host: the `path` of `TenancyAdminModule`. */
  readonly api: string;
}

const path = z
  .string()
  .regex(/^\/?[\w~-][\w~.-]*(\/[\w~-][\w~.-]*)*\/?$/, "expected a path such as 'ui'")
  .transform((given) => given.replaceAll(/^\/|\/$/g, ''));
const optionsSchema = z.strictObject({ path, api: path }).refine((given) => given.path !== given.api, {
  path: ['path'],
  message: 'expected another path than that of the API',
});

/**
 * Pages for operators, in the app that serves the admin API or in front of it on the same host:
 *
 *     TenancyAdminUiModule.forRoot({ path: 'ui', api: 'admin' })
 *
 * The pages are for everybody who reaches them and hold no data; what they show comes from the API, with the operator's token.
 */
@Module({})
export class TenancyAdminUiModule {
  /** @throws {OptionsInvalidError} */
  static forRoot(options: TenancyAdminUiModuleOptions): DynamicModule {
    const { path, api } = parseOptions('TenancyAdminUiModule', optionsSchema, options);
    const open = { path, auth: { canActivate: () => true } };
    return {
      module: TenancyAdminUiModule,
      controllers: [operatorController(open, PageController)],
      providers: [
        { provide: WebFiles, useFactory: () => new WebFiles(BUILT_WEB_APP) },
        { provide: API_FROM_PAGE, useValue: apiFromPage(path, api) },
      ],
    };
  }
}
