import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Post,
  Redirect,
  Req,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { SystemRoute, TenancyExceptionFilter, TenantRunner } from '@rowhouse/nestjs';
import { IntegrationRefusedError } from '../errors.js';
import type { FinishedAuthorization } from '../oauth/authorizations.js';
import { TenantIntegrations } from '../tenant-integrations.js';
import { CallbackGuard } from './callback.guard.js';
import { type CallbackRequest, callbackQueryOf } from './callback-request.js';
import { type IntegrationView, viewOf } from './integration-view.js';

interface Redirection {
  readonly url: string;
}

/** Where providers send browsers back to. The tenant is that of the state, and the user must be the one who has begun it. */
class CallbackController {
  constructor(
    @Inject(TenantIntegrations) private readonly integrations: TenantIntegrations,
    @Inject(TenantRunner) private readonly tenants: TenantRunner,
  ) {}

  @Get()
  @Redirect()
  redirect(@Req() request: CallbackRequest): Promise<Redirection> {
    return this.#inTenant(request, async (finish) => {
      try {
        return { url: (await finish()).location };
      } catch (error) {
        if (!(error instanceof IntegrationRefusedError)) throw error;
        return { url: this.integrations.locationOf(error.returnTo, 'integration_error', error.reason) };
      }
    });
  }

  /** For apps whose users sign in by a header: the provider leads to a page of theirs, which posts the query. */
  @Post()
  @HttpCode(200)
  answer(@Req() request: CallbackRequest): Promise<IntegrationView> {
    return this.#inTenant(request, async (finish) => viewOf((await finish()).integration));
  }

  #inTenant<T>(
    request: CallbackRequest,
    work: (finish: () => Promise<FinishedAuthorization>) => Promise<T>,
  ): Promise<T> {
    const { provider } = request.params;
    const query = callbackQueryOf(request);
    return this.tenants.run(this.integrations.tenantOf(provider, query), () =>
      work(() => this.integrations.finish(provider, query)),
    );
  }
}

export function callbackController(path: string): Type {
  @Controller(`${path}/callback/:provider`)
  @SystemRoute('the callback of an OAuth 2 provider')
  @UseGuards(CallbackGuard)
  @UseFilters(TenancyExceptionFilter)
  class TenantIntegrationCallbackController extends CallbackController {}
  return TenantIntegrationCallbackController;
}
