import { RowhouseError } from '@rowhouse/core';

/** The files of the web app are not beside the module. */
export class WebAppNotBuiltError extends RowhouseError {
  readonly code = 'WEB_APP_NOT_BUILT';
  readonly status = 503;
  readonly detail = 'The pages are not built.';
  constructor(cause: unknown) {
    super('The web app is missing in dist/web of @rowhouse/admin-ui. Make it: npm run web', { cause });
  }
}
