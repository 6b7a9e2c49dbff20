import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Members } from '@rowhouse/admin';
import { Fleet } from '@rowhouse/migrations';
import { FAILS_TO_MIGRATE } from '../fleet/fleet-shops.js';
import { DemoIssuer } from '../members/demo-issuer.js';
import { storefronts } from './seed-storefront.js';
import type { StorefrontSeed } from './storefront-seed.js';

/**
 * Opens the demo's shops at start-up, and brings those of an earlier start to the version of the app. A real app leaves that
 * to the one who deploys it: `rowhouse migration run`.
 */
@Injectable()
export class StorefrontSeeder implements OnApplicationBootstrap {
  readonly #logger = new Logger(StorefrontSeeder.name);

  constructor(
    private readonly fleet: Fleet,
    private readonly members: Members,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { tenants, migrations } = this.fleet;
    await tenants.repair();
    const { state, failures } = await migrations.run();
    const unexpected = failures.filter(({ label }) => label !== FAILS_TO_MIGRATE);
    for (const { label, error } of unexpected) this.#logger.error(`${label}: ${error}`);
    if (state !== 'succeeded' && (unexpected.length > 0 || failures.length === 0))
      throw new Error(`The shops could not be migrated: the run is ${state}.`);

    for (const { slug, name, plan, isolation, members } of storefronts) {
      const { id } = await tenants.create({ slug, name, plan, isolation, ifNotExists: true });
      await this.#employ(id, members);
    }
  }

  /** Who was removed since stays so. */
  async #employ(tenantId: string, members: StorefrontSeed['members']): Promise<void> {
    if ((await this.members.list(tenantId, { limit: 1 })).length > 0) return;
    for (const [email, [name, role]] of Object.entries(members))
      await this.members.add(tenantId, {
        issuer: DemoIssuer.url,
        subject: email,
        email,
        name,
        roles: [role],
      });
  }
}
