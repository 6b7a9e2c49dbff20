import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Fleet } from '@rowhouse/migrations';
import { storefronts } from './seed-storefront.js';

/**
 * Opens the demo's shops at start-up, and brings those of an earlier start to the version of the app. A real app leaves that
 * to the one who deploys it: `rowhouse migration run`.
 */
@Injectable()
export class StorefrontSeeder implements OnApplicationBootstrap {
  readonly #logger = new Logger(StorefrontSeeder.name);

  constructor(private readonly fleet: Fleet) {}

  async onApplicationBootstrap(): Promise<void> {
    const { tenants, migrations } = this.fleet;
    await tenants.repair();
    const { state, failures } = await migrations.run();
    for (const { label, error } of failures) this.#logger.error(`${label}: ${error}`);
    if (state !== 'succeeded') throw new Error(`The shops could not be migrated: the run is ${state}.`);

    for (const { slug, name, plan, isolation } of storefronts)
      await tenants.create({ slug, name, plan, isolation, ifNotExists: true });
  }
}
