import type { Tenant } from '@rowhouse/nestjs';
import type { EntityManager } from 'typeorm';
import { shopSeedOf } from '../fleet/shop-seed.js';
import { acme } from './acme.js';
import { fillStorefront } from './fill-storefront.js';
import { globex } from './globex.js';
import { initech } from './initech.js';

/** The shops of the demo. */
export const storefronts = [acme, globex, initech];

/** Fills the shop of a new tenant: those of the demo and of its fleet with their data, others not at all. It may be repeated. */
export async function seedStorefront(manager: EntityManager, tenant: Tenant): Promise<void> {
  const storefront = storefronts.find(({ slug }) => slug === tenant.slug) ?? shopSeedOf(tenant.slug);
  if (storefront) await fillStorefront(manager, storefront);
}
