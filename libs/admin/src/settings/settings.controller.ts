import {
  Body,
  Get,
  Headers,
  HttpCode,
  Inject,
  Optional,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import {
  actorOf,
  EntityTagInterceptor,
  etagOf,
  type Page,
  type PlatformResponse,
  pageOf,
  pageQuery,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { TenantIdPipe } from '../tenants/tenant-id.pipe.js';
import { SETTINGS_ACTIONS, type SettingsChange } from './settings-change.js';
import { SettingsNotDeclaredError } from './settings-errors.js';
import {
  type SettingsChangeControl,
  SettingsStore,
  type SettingsView,
  settingsPatchSchema,
} from './settings-store.js';

const MAX_VERSION = 2_147_483_647;

const settingsAnswer = z
  .object({
    tenantId: z.guid(),
    version: z.int().describe('Counts the changes.'),
    effective: z.record(z.string(), z.unknown()).describe('The settings in force. Secrets are null.'),
    overrides: z
      .record(z.string(), z.unknown())
      .describe('What the tenant has of its own. Secrets are null.'),
    secrets: z.array(z.object({ path: z.string(), isSet: z.boolean() })),
    schema: z.record(z.string(), z.unknown()).describe('JSON Schema of the overrides.'),
  })
  .meta({ id: 'TenantSettings' });

const changeAnswer = z
  .object({
    version: z.int(),
    action: z.enum(SETTINGS_ACTIONS),
    changes: z.array(
      z.object({
        path: z.string(),
        before: z.unknown().describe('null where the default was in force; "***" for a secret.'),
        after: z.unknown(),
        isSecret: z.boolean(),
      }),
    ),
    actor: z.object({ type: z.string(), id: z.string() }).nullable(),
    changedAt: z.date(),
  })
  .meta({ id: 'SettingsChange' });

const historyQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.int().min(1).max(MAX_VERSION)]),
});

const restoreRequest = z.strictObject({
  version: z.int().min(0).max(MAX_VERSION).describe('0 is the one without overrides.'),
});

/** Settings of a tenant, by its id or its slug. */
@UseInterceptors(IdempotencyInterceptor)
export class SettingsController {
  constructor(@Optional() @Inject(SettingsStore) private readonly declared?: SettingsStore) {}

  @Get(':tenant/settings')
  @UseInterceptors(EntityTagInterceptor)
  @Describe({ summary: 'Reads the settings of a tenant.', answer: settingsAnswer })
  async read(@Param('tenant', TenantIdPipe) tenantId: string): Promise<SettingsView> {
    return this.#store.read(tenantId);
  }

  @Patch(':tenant/settings')
  @Describe({
    summary: 'Changes settings by a JSON merge patch (RFC 7396): null takes an override back.',
    answer: settingsAnswer,
  })
  async patch(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Body(new SchemaPipe('body', settingsPatchSchema)) patch: z.output<typeof settingsPatchSchema>,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<SettingsView> {
    return tagged(response, await this.#store.patch(tenantId, patch, controlOf(request, ifMatch)));
  }

  @Get(':tenant/settings/history')
  @Describe({ summary: 'Lists the changes of settings, latest first.', answer: pageAnswer(changeAnswer) })
  async history(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Query(new SchemaPipe('query', historyQuery)) { limit, cursor }: z.output<typeof historyQuery>,
  ): Promise<Page<SettingsChange>> {
    const found = await this.#store.history(tenantId, { limit: limit + 1, before: cursor?.[0] });
    return pageOf(found, limit, ({ version }) => [version]);
  }

  @Post(':tenant/settings/restore')
  @HttpCode(200)
  @Describe({
    summary: 'Makes the overrides what they were in a version. Secrets stay as they are.',
    answer: settingsAnswer,
  })
  async restore(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Body(new SchemaPipe('body', restoreRequest)) { version }: z.output<typeof restoreRequest>,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<SettingsView> {
    return tagged(response, await this.#store.restore(tenantId, version, controlOf(request, ifMatch)));
  }

  /** @throws {SettingsNotDeclaredError} */
  get #store(): SettingsStore {
    if (!this.declared) throw new SettingsNotDeclaredError();
    return this.declared;
  }
}

function controlOf(request: object, ifMatch: string | undefined): SettingsChangeControl {
  return {
    by: actorOf(request),
    ...(ifMatch !== undefined && { check: (present) => requireMatch(ifMatch, etagOf(present)) }),
  };
}

function tagged(response: PlatformResponse, view: SettingsView): SettingsView {
  response.header('ETag', etagOf(view));
  return view;
}
