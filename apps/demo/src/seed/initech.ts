import type { StorefrontSeed } from './storefront-seed.js';

/** Sells what offices need. It has a database of its own. */
export const initech: StorefrontSeed = {
  slug: 'initech',
  name: 'Initech Office',
  plan: 'enterprise',
  isolation: 'database',
  products: {
    'STAPLER-RED': ['Stapler, red', 2_400, 52, 'Full strip, with 1,000 staples.'],
    'CHAIR-MESH': ['Mesh office chair', 31_900, 9, 'Adjustable arms and lumbar support.'],
    'DESK-SIT-STAND': ['Sit-stand desk, 160 cm', 64_900, 4, 'Four heights in memory, 120 kg load.'],
    'PAPER-A4': ['Paper A4, five reams', 2_900, 240, '80 g, recycled, without covers for reports.'],
    'TONER-BK': ['Toner, black', 8_900, 31, 'For 7,000 pages.'],
    'WHITEBOARD-120': ['Whiteboard, 120 x 90 cm', 9_900, 13, 'Enamelled steel, with tray.'],
    'LAMP-DESK': ['Desk lamp', 5_400, 22, 'Dimmable, 3,000 to 5,000 K.'],
    'MUG-WHITE': ['Mugs, white, six', 1_800, 75, 'Stackable, 300 ml.'],
  },
  customers: {
    'facilities@chotchkies.example': ['Chotchkies Restaurants', 'US'],
    'office@penetrode.example': ['Penetrode AG', 'CH'],
    'einkauf@nordlicht.example': ['Nordlicht GmbH', 'DE'],
  },
  members: { 'bill@example.com': ['Bill Lumbergh', 'owner'] },
  orders: [
    {
      customer: 'office@penetrode.example',
      status: 'shipped',
      placedAt: '2025-05-06T09:15:00Z',
      lines: { 'CHAIR-MESH': 4, 'DESK-SIT-STAND': 2 },
    },
    {
      customer: 'facilities@chotchkies.example',
      status: 'paid',
      placedAt: '2025-05-14T15:40:00Z',
      lines: { 'MUG-WHITE': 12 },
    },
    {
      customer: 'einkauf@nordlicht.example',
      status: 'pending',
      placedAt: '2025-05-20T07:05:00Z',
      lines: { 'PAPER-A4': 20, 'TONER-BK': 3, 'STAPLER-RED': 5 },
    },
    {
      customer: 'office@penetrode.example',
      status: 'cancelled',
      placedAt: '2025-05-21T11:30:00Z',
      lines: { 'WHITEBOARD-120': 1 },
    },
  ],
};
