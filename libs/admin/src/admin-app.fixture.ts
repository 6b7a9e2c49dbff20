import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { DynamicModule, INestApplication, Provider, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { TenantCompanion } from '@rowhouse/core';
import { localKeys } from '@rowhouse/core/internal';
import { TenancyMigrationModule } from '@rowhouse/migrations';
import {
  type ApiKeyPepper,
  ApiKeyResolver,
  HeaderResolver,
  type Plans,
  TenancyModule,
  type TenancyModuleOptions,
  type TenantDirectoryOptions,
} from '@rowhouse/nestjs';
import { OperatorAuth, type OperatorJwtOptions } from '@rowhouse/nestjs/operator';
import { TenancyBackupModule } from '@rowhouse/transfer/nest';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { type CatalogDatabase, createCatalogDatabase } from '../../../test/support/catalog-database.js';
import { dropRoles } from '../../../test/support/roles.js';
import { TenantSettingsModule, type TenantSettingsModuleOptions } from './settings/tenant-settings.module.js';
import type { OidcOptions } from './sign-in/oidc-options.js';
import { type TenancyAdminDomainsOptions, TenancyAdminModule } from './tenancy-admin.module.js';
import type { TransfersOptions } from './transfers/transfers-options.js';
import type { WebhooksOptions } from './webhooks/webhook-options.js';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** One token for each role: its name. */
const tokens = (['viewer', 'operator', 'owner'] as const).map((role) => ({
  role,
  id: role,
  token: () => role,
}));

class Products1757000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table products (id serial primary key, name text not null)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table products');
  }
}

/** The settings that are declared where a spec declares no others. */
export const SETTINGS = {
  schema: z.object({
    theme: z.enum(['light', 'dark']).default('light'),
    seats: z.int().min(1).max(1_000).default(5),
    smtp: z
      .object({
        host: z.string().max(200).default('localhost'),
        port: z.int().default(25),
        password: z.string().max(200).default(''),
      })
      .prefault({}),
  }),
  secrets: ['smtp.password'],
  keys: localKeys([{ id: 'first', secret: Buffer.alloc(32, 1).toString('base64') }]),
};

/** What a request was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into without declaring each.
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly role?: 'viewer' | 'operator' | 'owner' | 'nobody';
  readonly headers?: Readonly<Record<string, string>>;
}

/** Intervals of ten seconds and more that are begun from now on do nothing, until the returned function is called. */
function muteIntervals(): () => void {
  const { setInterval } = globalThis;
  const muted = (work: () => void, ms = 0) => setInterval(ms < 10_000 ? work : () => {}, ms);
  const spy = jest.spyOn(globalThis, 'setInterval').mockImplementation(muted as typeof setInterval);
  return () => void spy.mockRestore();
}

/** A database, and apps with the admin API on it. */
export class AdminDeployment {
  readonly #apps: INestApplication[] = [];
  readonly roles = `adm_${randomBytes(5).toString('hex')}`;

  private constructor(
    readonly database: CatalogDatabase,
    /** Of archives. */
    readonly folder: string,
  ) {}

  /** @param database - dropped with the deployment. Default: a new one. */
  static async open(database?: CatalogDatabase): Promise<AdminDeployment> {
    const folder = await mkdtemp(join(tmpdir(), 'rowhouse-'));
    return new AdminDeployment(database ?? (await createCatalogDatabase()), folder);
  }

  async start({
    platform = 'express',
    controllers = [],
    providers = [],
    accessPolicy,
    peppers = [],
    domains = {},
    settings = SETTINGS,
    plans,
    directory,
    webhooks = { keys: SETTINGS.keys },
    transfers = {},
    hasBackups = true,
    breakGlass = false,
    companions = [],
    jwt,
    oidc,
    modules = [],
    configure,
    before = '',
    isQuiet = false,
  }: {
    platform?: Platform;
    controllers?: Type[];
    providers?: Provider[];
    accessPolicy?: TenancyModuleOptions['accessPolicy'];
    peppers?: readonly ApiKeyPepper[];
    domains?: TenancyAdminDomainsOptions;
    settings?: TenantSettingsModuleOptions | false;
    plans?: Plans;
    directory?: TenantDirectoryOptions;
    webhooks?: WebhooksOptions;
    transfers?: Partial<TransfersOptions>;
    hasBackups?: boolean;
    breakGlass?: boolean;
    companions?: readonly TenantCompanion[];
    /** Operators of an identity provider, beside those with tokens. */
    jwt?: OperatorJwtOptions;
    /** Operators who sign in with a browser. */
    oidc?: OidcOptions;
    /** Beside the admin API. */
    modules?: readonly DynamicModule[];
    /** What an app does between its making and `listen()`. */
    configure?: (app: INestApplication) => void;
    /** What stands before the path of the API. */
    before?: string;
    /** Nothing is done every ten seconds or less often: what a spec finds does not depend on how long it takes. */
    isQuiet?: boolean;
  } = {}) {
    const restoreIntervals = isQuiet ? muteIntervals() : () => {};
    const module = await Test.createTestingModule({
      controllers,
      providers,
      imports: [
        TenancyModule.forRoot({
          typeorm: {
            type: 'postgres',
            url: this.database.loginUrl,
            poolSize: 4,
            migrations: [Products1757000000001],
          },
          directUrl: this.database.ownerUrl,
          pool: { roles: this.roles },
          apiKeys: { peppers },
          resolvers: [new HeaderResolver(), new ApiKeyResolver()],
          ...(accessPolicy && { accessPolicy }),
          ...(plans && { plans }),
          ...(directory && { directory }),
          breakGlass,
        }),
        TenancyMigrationModule.forRoot({ companions }),
        ...(hasBackups ? [TenancyBackupModule.forRoot({ storage: `${this.folder}-backups` })] : []),
        ...(settings ? [TenantSettingsModule.forRoot(settings)] : []),
        TenancyAdminModule.forRoot({
          path: 'admin',
          auth: new OperatorAuth({ tokens, ...(jwt && { jwt }) }),
          ...(oidc && { oidc }),
          domains,
          members: { roles: ['owner', 'admin', 'member'], ownerRole: 'owner' },
          webhooks,
          transfers: transfers.storage ? transfers : { folder: this.folder, ...transfers },
        }),
        ...modules,
      ],
    }).compile();
    const adapter =
      platform === 'express' ? new ExpressAdapter() : new FastifyAdapter({ trustProxy: 'loopback' });
    if (adapter instanceof ExpressAdapter) adapter.set('trust proxy', 'loopback');
    const app = module.createNestApplication(adapter, { logger: false });
    this.#apps.push(app);
    configure?.(app);
    await app.listen(0, '127.0.0.1');
    restoreIntervals();
    const { port } = app.getHttpServer().address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const call = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
      const { body, role = 'owner', headers = {} } = options;
      const response = await fetch(`${url}/${before}admin/${path}`, {
        method,
        headers: {
          ...(role !== 'nobody' && { authorization: `Bearer ${role}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        }),
      });
      const text = await response.text();
      const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    };
    /** Waits for the end of an operation. */
    const ended = async ({ body: { id } }: Answer): Promise<Answer['body']> => {
      for (;;) {
        const { body } = await call('GET', `operations/${id}`);
        if (body.state !== 'running') return body;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return { app, url, call, ended };
  }

  async closeApps(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((app) => app.close()));
  }

  async close(): Promise<void> {
    await this.closeApps();
    await this.database.drop();
    await dropRoles(this.roles);
    await rm(this.folder, { recursive: true });
    await rm(`${this.folder}-backups`, { recursive: true, force: true });
  }
}
