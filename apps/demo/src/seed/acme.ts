import type { StorefrontSeed } from './storefront-seed.js';

/** Sells gear for the outdoors. It has a schema of its own. */
export const acme: StorefrontSeed = {
  slug: 'acme',
  name: 'Acme Outdoor',
  plan: 'pro',
  isolation: 'schema',
  products: {
    'TENT-2P': ['Ridgeline tent, two persons', 32_900, 14, 'Freestanding three-season tent, 1.9 kg packed.'],
    'TENT-4P': ['Ridgeline tent, four persons', 54_900, 6, 'Two porches and standing height for a family.'],
    'BAG-DOWN': ['Down sleeping bag, -7 °C', 28_500, 11, '850 fill-power duck down, left-hand zip.'],
    'BAG-SYNTH': ['Synthetic sleeping bag, 3 °C', 11_900, 23, 'Keeps warm when damp; machine-washable.'],
    'PAD-INSUL': ['Insulated sleeping pad', 15_900, 19, 'R-value 4.5, 480 g, inflates in twelve breaths.'],
    'PACK-45': ['Trekking backpack, 45 litres', 18_900, 17, 'Adjustable back length, rain cover included.'],
    'PACK-20': ['Day pack, 20 litres', 8_900, 32, 'Fits a laptop on weekdays and a rope on Sundays.'],
    'STOVE-GAS': ['Canister stove', 5_900, 28, 'Boils a litre in three and a half minutes.'],
    'COOKSET-TI': ['Titanium cook set', 9_400, 15, 'Two pots, one lid, 286 g.'],
    'HEADLAMP-400': ['Headlamp, 400 lumen', 4_900, 41, 'Red light mode; charges by USB-C.'],
    'POLES-CF': ['Carbon trekking poles, pair', 12_900, 9, 'Fold to 36 cm.'],
    'FILTER-1L': ['Squeeze water filter', 3_900, 37, 'Hollow fibre, 0.1 micron, good for 1,000 litres.'],
  },
  customers: {
    'maya.lindqvist@example.com': ['Maya Lindqvist', 'SE'],
    'tom.baker@example.com': ['Tom Baker', 'GB'],
    'lucia.ferrer@example.com': ['Lucía Ferrer', 'ES'],
    'jonas.weber@example.com': ['Jonas Weber', 'DE'],
    'aoife.byrne@example.com': ['Aoife Byrne', 'IE'],
    'hiker-club@example.com': ['Blue Ridge Hiking Club', 'US'],
  },
  members: {
    'nora@example.com': ['Nora Lind', 'owner'],
    'sven@example.com': ['Sven Dahl', 'staff'],
  },
  orders: [
    {
      customer: 'maya.lindqvist@example.com',
      status: 'shipped',
      placedAt: '2025-05-06T09:14:00Z',
      lines: { 'TENT-2P': 1, 'PAD-INSUL': 2 },
    },
    {
      customer: 'hiker-club@example.com',
      status: 'shipped',
      placedAt: '2025-05-11T17:40:00Z',
      lines: { 'HEADLAMP-400': 8, 'FILTER-1L': 4 },
    },
    {
      customer: 'jonas.weber@example.com',
      status: 'cancelled',
      placedAt: '2025-05-19T20:02:00Z',
      lines: { 'POLES-CF': 1 },
    },
    {
      customer: 'lucia.ferrer@example.com',
      status: 'shipped',
      placedAt: '2025-06-02T11:27:00Z',
      lines: { 'PACK-45': 1, 'BAG-SYNTH': 1, 'STOVE-GAS': 1 },
    },
    {
      customer: 'tom.baker@example.com',
      status: 'shipped',
      placedAt: '2025-06-15T08:51:00Z',
      lines: { 'PACK-20': 2 },
    },
    {
      customer: 'aoife.byrne@example.com',
      status: 'paid',
      placedAt: '2025-06-28T14:33:00Z',
      lines: { 'TENT-4P': 1, 'BAG-DOWN': 2, 'COOKSET-TI': 1 },
    },
    {
      customer: 'maya.lindqvist@example.com',
      status: 'paid',
      placedAt: '2025-07-01T07:05:00Z',
      lines: { 'STOVE-GAS': 1, 'COOKSET-TI': 1 },
    },
    {
      customer: 'tom.baker@example.com',
      status: 'pending',
      placedAt: '2025-07-03T21:18:00Z',
      lines: { 'POLES-CF': 1, 'FILTER-1L': 1 },
    },
  ],
};
