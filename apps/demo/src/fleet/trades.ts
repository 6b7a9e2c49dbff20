/** Name, price in cents. */
type Article = readonly [name: string, priceCents: number];

/** What is sold, by trade. */
export const TRADES = {
  bakery: [
    ['Sourdough loaf, 1 kg', 690],
    ['Rye crispbread, 400 g', 420],
    ['Cinnamon rolls, six', 1_250],
    ['Almond biscotti, 250 g', 780],
    ['Fig and walnut bread', 820],
  ],
  bicycles: [
    ['City bicycle, seven gears', 84_900],
    ['Gravel bicycle, carbon fork', 189_000],
    ['Child seat, rear', 12_900],
    ['Dynamo headlight, 80 lux', 7_450],
    ['Pannier, waterproof, 20 l', 6_900],
  ],
  books: [
    ['The Lighthouse Keeper’s Almanac', 1_890],
    ['A Short History of Maps', 2_400],
    ['Rivers of the North', 2_150],
    ['The Bread Book', 2_990],
    ['Notes on Slow Travel', 1_650],
  ],
  ceramics: [
    ['Stoneware mug, 300 ml', 2_200],
    ['Serving bowl, celadon', 5_800],
    ['Set of four plates', 8_900],
    ['Bud vase', 2_900],
    ['Hand-painted tile, 15 cm', 1_450],
  ],
  clothing: [
    ['Merino pullover', 11_900],
    ['Linen shirt', 7_900],
    ['Wool scarf', 4_900],
    ['Rain jacket, recycled', 15_900],
    ['Socks, three pairs', 2_400],
  ],
  coffee: [
    ['Espresso blend, 1 kg', 2_690],
    ['Ethiopia Guji, 250 g', 1_350],
    ['Hand grinder, steel burrs', 9_900],
    ['Gooseneck kettle, 0.9 l', 7_400],
    ['Paper filters, 100', 690],
  ],
  furniture: [
    ['Oak dining table, 180 cm', 129_000],
    ['Lounge chair, bouclé', 64_900],
    ['Shelf, ash, five boards', 38_900],
    ['Floor lamp, brass', 21_900],
    ['Bench with storage', 29_900],
  ],
  garden: [
    ['Lavender, three pots', 1_490],
    ['Copper watering can', 6_900],
    ['Secateurs, forged', 4_450],
    ['Raised bed, larch', 15_900],
    ['Heirloom tomato seeds', 350],
  ],
  stationery: [
    ['Dotted notebook, A5', 1_490],
    ['Fountain pen, fine', 5_900],
    ['Ink, midnight blue, 50 ml', 1_290],
    ['Letter paper, 50 sheets', 1_850],
    ['Washi tape, five rolls', 990],
  ],
  toys: [
    ['Wooden train, twelve pieces', 3_990],
    ['Puzzle, 1,000 pieces', 2_190],
    ['Stacking rings, beech', 1_990],
    ['Kite, 1.4 m', 2_790],
    ['Marble run', 5_490],
  ],
} as const satisfies Readonly<Record<string, readonly Article[]>>;

export type Trade = keyof typeof TRADES;
