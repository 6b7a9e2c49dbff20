import type { StorefrontSeed } from '../seed/storefront-seed.js';
import { type FleetShop, fleetShops } from './fleet-shops.js';
import { TRADES } from './trades.js';

const PEOPLE = ['Ada Berg', 'Jonas Keller', 'Mira Novak', 'Tomás Reis', 'Yuki Tanaka', 'Leila Haddad'];
const STATUSES = ['shipped', 'paid', 'pending', 'cancelled', 'shipped'] as const;
const FIRST_ORDER = Date.UTC(2026, 0, 5, 9);
const DAY_MS = 86_400_000;

/** What a shop of the fleet holds, the same on every machine; those that fail hold what their tables refuse. */
export function shopSeedOf(slug: string): StorefrontSeed | undefined {
  const index = fleetShops.findIndex((each) => each.slug === slug);
  const shop = fleetShops[index];
  return shop && seedOf(shop, index);
}

function seedOf({ slug, name, trade, country, plan, isolation, ending }: FleetShop, index: number) {
  const isBroken = ending === 'failed';
  const skus = TRADES[trade].map((_, place) => `${trade.slice(0, 3).toUpperCase()}-${place + 1}`);
  const people = PEOPLE.slice(0, 2 + (index % 5));
  const emailOf = (person: string) => `${person.split(' ')[0]?.toLowerCase()}@${slug}.example`;
  return {
    slug,
    name,
    plan,
    isolation,
    members: {},
    products: Object.fromEntries(
      TRADES[trade].map(([article, price], place) => [
        skus[place] ?? '',
        // A wrong count of the stock in the first of the two that fail; a wrong country in the other, below.
        [article, price, isBroken && isolation === 'schema' ? -1 : 5 + ((index * 7 + place * 11) % 90), ''],
      ]),
    ),
    customers: Object.fromEntries(
      people.map((person) => [
        emailOf(person),
        [person, isBroken && isolation === 'row' ? 'XX' : country] as const,
      ]),
    ),
    orders: Array.from({ length: 3 + (index % 6) }, (_, place) => ({
      customer: emailOf(people[place % people.length] ?? ''),
      status: STATUSES[(index + place) % STATUSES.length] ?? 'paid',
      placedAt: new Date(FIRST_ORDER + (index + place * 9) * DAY_MS).toISOString(),
      lines: { [skus[(index + place) % skus.length] ?? '']: 1 + (place % 3) },
    })),
  } satisfies StorefrontSeed;
}
