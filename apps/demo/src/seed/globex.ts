import type { StorefrontSeed } from './storefront-seed.js';

/** Sells equipment for laboratories. Its rows stand in tables that it shares. */
export const globex: StorefrontSeed = {
  slug: 'globex',
  name: 'Globex Laboratory Supply',
  plan: 'free',
  isolation: 'row',
  products: {
    'CENTRIFUGE-24': ['Benchtop centrifuge, 24 places', 289_000, 4, 'Up to 15,000 rpm, refrigerated.'],
    'MICROSCOPE-T': ['Trinocular microscope', 174_500, 5, 'Plan achromat objectives 4x to 100x, LED light.'],
    'BALANCE-01MG': ['Analytical balance, 0.1 mg', 198_000, 3, 'Internal calibration, draught shield.'],
    'PIPETTE-P200': ['Pipette, 20 to 200 µl', 21_900, 40, 'Single channel, autoclavable.'],
    'PIPETTE-P1000': ['Pipette, 100 to 1,000 µl', 21_900, 36, 'Single channel, autoclavable.'],
    'TIPS-200': ['Filter tips 200 µl, 960 pieces', 7_400, 120, 'Sterile, in racks of 96.'],
    'PH-METER': ['pH meter, benchtop', 46_900, 8, 'Three-point calibration, with electrode.'],
    'STIRRER-HOT': ['Hotplate stirrer', 32_400, 12, 'To 340 °C, ceramic plate.'],
    'FLASK-ERL-250': ['Erlenmeyer flasks 250 ml, ten', 5_900, 64, 'Borosilicate glass 3.3.'],
    'BOTTLE-GL45': ['Laboratory bottles 500 ml, ten', 8_800, 57, 'GL 45 thread, with caps.'],
    'GLOVES-NIT-M': ['Nitrile gloves size M, 200', 1_900, 310, 'Powder-free, EN ISO 374-1 type B.'],
    'VORTEX-MINI': ['Vortex mixer', 17_800, 15, '200 to 3,000 rpm, touch or continuous.'],
  },
  customers: {
    'orders@nordbio.example': ['NordBio AS', 'NO'],
    'purchasing@halden-institute.example': ['Halden Institute', 'CH'],
    'lab@kyoto-materials.example': ['Kyoto Materials Group', 'JP'],
    'stores@uni-coimbra.example': ['Chemistry Stores, Coimbra', 'PT'],
    'supply@prairie-diagnostics.example': ['Prairie Diagnostics', 'CA'],
    'm.okafor@lagos-water.example': ['Lagos Water Laboratory', 'NG'],
  },
  members: { 'nora@example.com': ['Nora Lind', 'staff'], 'hank@example.com': ['Hank Scorpio', 'owner'] },
  orders: [
    {
      customer: 'purchasing@halden-institute.example',
      status: 'shipped',
      placedAt: '2025-04-22T08:00:00Z',
      lines: { 'CENTRIFUGE-24': 1, 'TIPS-200': 6 },
    },
    {
      customer: 'stores@uni-coimbra.example',
      status: 'shipped',
      placedAt: '2025-04-30T13:45:00Z',
      lines: { 'FLASK-ERL-250': 12, 'BOTTLE-GL45': 8 },
    },
    {
      customer: 'orders@nordbio.example',
      status: 'shipped',
      placedAt: '2025-05-13T10:20:00Z',
      lines: { 'PIPETTE-P200': 4, 'PIPETTE-P1000': 4, 'TIPS-200': 20 },
    },
    {
      customer: 'm.okafor@lagos-water.example',
      status: 'shipped',
      placedAt: '2025-05-27T15:10:00Z',
      lines: { 'PH-METER': 2 },
    },
    {
      customer: 'lab@kyoto-materials.example',
      status: 'cancelled',
      placedAt: '2025-06-05T02:30:00Z',
      lines: { 'STIRRER-HOT': 3 },
    },
    {
      customer: 'supply@prairie-diagnostics.example',
      status: 'paid',
      placedAt: '2025-06-18T16:55:00Z',
      lines: { 'GLOVES-NIT-M': 50, 'TIPS-200': 10 },
    },
    {
      customer: 'lab@kyoto-materials.example',
      status: 'paid',
      placedAt: '2025-06-26T01:12:00Z',
      lines: { 'BALANCE-01MG': 1, 'VORTEX-MINI': 1 },
    },
    {
      customer: 'orders@nordbio.example',
      status: 'pending',
      placedAt: '2025-07-02T12:00:00Z',
      lines: { 'MICROSCOPE-T': 1 },
    },
  ],
};
