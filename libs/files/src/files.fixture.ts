import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanActivate, DynamicModule, INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Catalog, parseTenant, type Tenant, TenantContext, type TenantIsolation } from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { Fleet, type FleetOptions } from '@rowhouse/migrations/fleet';
import { HeaderResolver, TenancyModule, type TenancyModuleOptions } from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { TenancyJobsModule } from '@rowhouse/transfer/jobs';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dropRoles } from '../../../test/support/roles.js';
import type { TenantFilesModuleOptions } from './files-options.js';
import type { FileView } from './nest/file-view.js';
import { TenantFilesModule } from './nest/tenant-files.module.js';
import type { PresignedUpload } from './store/file-store.js';
import { TenantFile } from './tenant-file.entity.js';

/** What `rowhouse migration generate` makes of the entity; without the foreign key to the catalog, which homes of one tenant do not have. */
async function generatedStatements(fleet: Fleet): Promise<readonly string[]> {
  const generated = await fleet.generate({ name: 'AddFiles', timestamp: 1_764_288_000_000 });
  return (generated?.up ?? []).map(({ text }) => text).filter((text) => !text.includes('rowhouse.tenants'));
}

function migrationOf(statements: readonly string[]): new () => MigrationInterface {
  class AddFiles1764288000000 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      for (const text of statements) await runner.query(text);
    }
    async down(): Promise<void> {}
  }
  return AddFiles1764288000000;
}

export const ISOLATIONS = ['schema', 'row', 'database'] as const satisfies readonly TenantIsolation[];
export const PLATFORMS = ['express', 'fastify'] as const;

/** Milliseconds: looks so often that specs need not wait, and leases that no busy machine outlasts. */
const FAST = { pollMs: 20, leaseMs: 60_000, closeTimeoutMs: 10_000, backoffMs: 0 };

export const SECRET = 'a secret of the specs, of more than 32 letters';

/** Lets everybody in: who may is the app's. */
export const ANYBODY: CanActivate = { canActivate: () => true };

export interface FilesApp {
  readonly app: INestApplication;
  readonly url: string;
}

export interface FilesAppOptions {
  readonly platform?: (typeof PLATFORMS)[number];
  readonly files?: Partial<TenantFilesModuleOptions>;
  readonly tenancy?: Partial<TenancyModuleOptions>;
  /** Modules beside those of files. */
  readonly imports?: readonly DynamicModule[];
}

/** A deployment with two tenants of each isolation, and apps that serve their files. */
export class FilesDeployment {
  readonly tenants = new Map<string, Tenant>();
  /** That make the tables. */
  readonly statements: string[] = [];
  readonly #apps: INestApplication[] = [];
  readonly #opened: { close(): Promise<void> }[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly owner: string,
    readonly ownerUrl: string,
    readonly catalog: Catalog,
    readonly folder: string,
    readonly roles: string,
  ) {}

  /** @param given - a folder for contents. Default: a new one. It is removed at the end. */
  static async open(given?: string): Promise<FilesDeployment> {
    const database = await createTestDatabase();
    const owner = `own_${randomBytes(6).toString('hex')}`;
    await onServer(database.url, [
      `create role ${owner} login createrole createdb password 'owner'`,
      `alter database ${database.name} owner to ${owner}`,
    ]);
    const ownerUrl = Object.assign(new URL(database.url), { username: owner, password: 'owner' }).href;
    const catalog = new Catalog({ url: ownerUrl });
    await catalog.migrate();
    const folder = given ?? (await mkdtemp(join(tmpdir(), 'rowhouse-')));
    const roles = `fil_${randomBytes(5).toString('hex')}`;
    const deployment = new FilesDeployment(database, owner, ownerUrl, catalog, folder, roles);
    await deployment.#createTenants();
    return deployment;
  }

  async #createTenants(): Promise<void> {
    this.statements.push(...(await generatedStatements(await this.fleet())));
    const fleet = await this.fleet();
    for (const isolation of ISOLATIONS)
      for (const name of ['one', 'two']) {
        const slug = `${isolation}-${name}`;
        this.tenants.set(slug, await fleet.tenants.create({ slug, isolation, plan: 'free' }));
      }
  }

  /** The operators' side of the deployment. */
  async fleet(options: Partial<FleetOptions> = {}): Promise<Fleet> {
    const migrations = this.statements.length === 0 ? [] : [migrationOf(this.statements)];
    const tenancy = { roles: this.roles };
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: this.database.loginUrl, poolSize: 4, entities: [TenantFile], migrations },
      tenancy,
    );
    const registry = new DataSourceRegistry({ ambient, directUrl: this.ownerUrl, tenancy });
    this.#opened.push(registry, { close: () => ambient.destroy() });
    return Fleet.open({ registry, catalog: this.catalog, pool: tenancy, ...options });
  }

  tenant(slug: string): Tenant {
    const tenant = this.tenants.get(slug);
    if (!tenant) throw new Error(`There is no tenant ${slug}.`);
    return tenant;
  }

  /** A port is found first: URLs that the app signs have it. */
  async app({ platform = 'fastify', files, tenancy, imports = [] }: FilesAppOptions = {}): Promise<FilesApp> {
    const { freePort } = await import('../../../test/support/free-port.js');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const module = await Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', url: this.database.loginUrl, entities: [TenantFile], poolSize: 4 },
          directUrl: this.ownerUrl,
          pool: { roles: this.roles, guard: { allowAdvisoryLocks: true } },
          resolvers: [new HeaderResolver()],
          ...tenancy,
        }),
        TenancyJobsModule.forRoot({ pollMs: FAST.pollMs, leaseMs: FAST.leaseMs }),
        TenantFilesModule.forRoot({
          path: 'files',
          auth: ANYBODY,
          storage: { folder: this.folder, url: `${url}/files`, secret: SECRET },
          ...files,
        }),
        ...imports,
      ],
    }).compile();
    const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = module.createNestApplication(adapter, { logger: false });
    this.#apps.push(app);
    await app.listen(port, '127.0.0.1');
    expect((app.getHttpServer().address() as AddressInfo).port).toBe(port);
    return { app, url };
  }

  async closeApps(): Promise<void> {
    for (const app of this.#apps.splice(0)) await app.close();
  }

  /** Runs a statement as a tenant. */
  query(
    { app }: FilesApp,
    slug: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Record<string, unknown>[]> {
    return app.get(DataSourceRegistry).for(this.tenant(slug)).query(text, values);
  }

  as<T>(slug: string, work: () => Promise<T>): Promise<T> {
    return TenantContext.run(this.tenant(slug), work);
  }

  /** Keys of what is stored on the disk. */
  async stored(slugOrTenant: string | Pick<Tenant, 'id'>): Promise<string[]> {
    const { id } = typeof slugOrTenant === 'string' ? this.tenant(slugOrTenant) : slugOrTenant;
    const found = await readdir(join(this.folder, id), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.folder.length + 1));
  }

  async close(): Promise<void> {
    await this.closeApps();
    for (const one of this.#opened) await one.close();
    const { rows } = await this.catalog.query(
      `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants where isolation = 'database'`,
    );
    await this.catalog.close();
    await onServer(
      this.database.url,
      [...this.tenants.values(), ...rows.map(parseTenant)]
        .filter(({ isolation }) => isolation === 'database')
        .map(
          (tenant) => `drop database if exists ${pg.escapeIdentifier(databaseNameOf(tenant))} with (force)`,
        ),
    );
    await this.database.drop();
    await dropRoles(this.roles);
    await dropRoles(this.owner);
    await rm(this.folder, { recursive: true });
  }
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const text of statements) await client.query(text);
  await client.end();
}

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** What a browser does for a user of one tenant. */
export class FilesClient {
  constructor(
    readonly url: string,
    readonly tenant: string,
  ) {}

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${this.url}/files${path}`, {
      method,
      headers: {
        'x-tenant-id': this.tenant,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : undefined) as T,
    };
  }

  async presign(fields: Record<string, unknown>): Promise<{ file: FileView; upload: PresignedUpload }> {
    const answer = await this.call<{ file: FileView; upload: PresignedUpload }>(
      'POST',
      '/upload/presign',
      fields,
    );
    expect(answer).toMatchObject({ status: 201 });
    return answer.body;
  }

  /** Presigns and sends, and leaves the file pending. */
  async upload(content: Buffer | string, fields: Record<string, unknown> = {}): Promise<FileView> {
    const bytes = Buffer.from(content);
    const { file, upload } = await this.presign({ ...NOTE, sizeBytes: bytes.length, ...fields });
    const sent = await send(upload, bytes);
    expect([sent.status, await sent.text()]).toEqual([204, '']);
    return file;
  }

  /** @returns the file, as `complete` answers. */
  async put(content: Buffer | string, fields: Record<string, unknown> = {}): Promise<FileView> {
    const { id } = await this.upload(content, fields);
    const { status, body } = await this.call<FileView>('POST', `/${id}/complete`);
    expect(status).toBe(200);
    return body;
  }

  async download(id: string): Promise<Response> {
    const { body } = await this.call<{ url: string }>('GET', `/${id}/download`);
    return fetch(body.url);
  }
}

export const NOTE = { filename: 'note.txt', contentType: 'text/plain', module: 'notes' };

/** Sends a file as the answer of `presign` says. */
export function send({ method, url, fields, headers }: PresignedUpload, content: Buffer): Promise<Response> {
  if (method === 'PUT') return fetch(url, { method, headers: { ...headers }, body: new Uint8Array(content) });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(content)]));
  return fetch(url, { method, headers: { ...headers }, body: form });
}

/** The smallest PNG: one transparent pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
