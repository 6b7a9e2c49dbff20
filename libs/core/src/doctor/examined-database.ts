import type pg from 'pg';
import { otherHolder } from '../homes/deployment-mark.js';
import type { ServerFacts } from '../homes/server-facts.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { Lazy } from '../support/lazy.js';
import { type DeploymentRoles, rolesOf, type Tenant } from '../tenant.js';

export interface ExaminedDatabaseParts {
  readonly placement: string;
  readonly owner: pg.Pool;
  readonly login: string;
  readonly server: ServerFacts;
  readonly settings: TenancyPoolSettings;
  /** The name of the deployment. */
  readonly deployment: string;
  /** As in `ExamineOptions`. */
  readonly tablesWithoutTenant: () => Promise<readonly string[]>;
}

/** A database with homes that tenants share, and the two logins there: the main one, or that of a placement. */
export abstract class ExaminedDatabase {
  readonly placement: string;
  readonly owner: pg.Pool;
  /**
   * The login that the server knows the application by. A pooler may log in as another one than the application names.
   */
  readonly login: string;
  readonly server: ServerFacts;
  readonly settings: TenancyPoolSettings;
  /** `undefined` where roles are off. */
  readonly roles: DeploymentRoles | undefined;
  /** The name of the deployment. */
  readonly deployment: string;
  readonly tablesWithoutTenant: () => Promise<readonly string[]>;
  readonly #otherHolder = new Lazy(
    async () => this.roles && otherHolder(this.owner, this.roles, this.deployment),
  );

  constructor({
    placement,
    owner,
    login,
    server,
    settings,
    deployment,
    tablesWithoutTenant,
  }: ExaminedDatabaseParts) {
    this.placement = placement;
    this.owner = owner;
    this.login = login;
    this.server = server;
    this.settings = settings;
    this.roles = settings.roles === false ? undefined : rolesOf(settings.roles);
    this.deployment = deployment;
    this.tablesWithoutTenant = tablesWithoutTenant;
  }

  /** All tenants of the store; `undefined` when there is none. */
  abstract tenants(): Promise<readonly Tenant[] | undefined>;

  /** Those with isolation `schema` or `row` whose homes are in this database. */
  async tenantsHere(): Promise<readonly Tenant[] | undefined> {
    return (await this.tenants())?.filter(
      ({ isolation, placement }) => isolation !== 'database' && placement === this.placement,
    );
  }

  /** The schemas with the tables that tenants share. */
  get sharedSchemas(): readonly string[] {
    return [...new Set([this.settings.homeSchema, ...this.settings.sharedSchemas])];
  }

  /** The other deployment that has the roles of this prefix on this server, by name. There should be none. Read once. */
  otherHolder(): Promise<string | undefined> {
    return this.#otherHolder.get();
  }
}
