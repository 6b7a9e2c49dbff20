import type { TenantIsolation } from '@rowhouse/nestjs';
import type { Trade } from './trades.js';

/** Where a shop is by the end of the seed. */
type Ending = 'active' | 'suspended' | 'maintenance' | 'archived' | 'deleted' | 'failed';

/** A shop of the fleet that the admin app shows. */
export interface FleetShop {
  readonly slug: string;
  readonly name: string;
  readonly trade: Trade;
  /** ISO 3166-1 alpha-2 code, of its customers too. */
  readonly country: string;
  readonly plan: string;
  readonly isolation: TenantIsolation;
  readonly ending: Ending;
  /** Why it is not active, for the audit trail. */
  readonly reason: string | undefined;
}

const shop =
  (isolation: TenantIsolation, plan: string) =>
  (
    slug: string,
    name: string,
    trade: Trade,
    country: string,
    ending: Ending = 'active',
    reason?: string,
  ): FleetShop => ({ slug, name, trade, country, plan, isolation, ending, reason });

const free = shop('row', 'free');
const pro = shop('schema', 'pro');
const small = shop('schema', 'free');
const large = shop('database', 'enterprise');

/** In the order in which they are opened. */
export const fleetShops: readonly FleetShop[] = [
  pro('alder-and-ash', 'Alder & Ash Furniture', 'furniture', 'GB'),
  large('northwind-cycles', 'Northwind Cycles', 'bicycles', 'DK'),
  free('bluebell-books', 'Bluebell Books', 'books', 'IE'),
  pro('casa-verde', 'Casa Verde', 'garden', 'ES'),
  pro('kaffeewerk', 'Kaffeewerk Leipzig', 'coffee', 'DE'),
  free('petite-papeterie', 'La Petite Papeterie', 'stationery', 'FR'),
  small('tidewater-tea', 'Tidewater Tea', 'coffee', 'US', 'suspended', 'Invoice 2093 is 60 days overdue'),
  pro('hoshino-paper', 'Hoshino Paper', 'stationery', 'JP'),
  free('little-loom', 'Little Loom', 'clothing', 'NZ'),
  pro('velo-zuid', 'Velo Zuid', 'bicycles', 'NL'),
  free('brambles', 'Brambles Nursery', 'garden', 'GB'),
  small('fjord-and-fell', 'Fjord & Fell', 'clothing', 'NO'),
  pro('libreria-colonna', 'Libreria Colonna', 'books', 'IT'),
  free('salt-and-flour', 'Salt & Flour', 'bakery', 'US'),
  pro('ostsee-keramik', 'Ostsee Keramik', 'ceramics', 'DE', 'maintenance', 'Moves to a larger plan tonight'),
  large('meridian-interiors', 'Meridian Interiors', 'furniture', 'US'),
  small('tallinn-toys', 'Tallinn Toys', 'toys', 'EE'),
  free('the-paper-fox', 'The Paper Fox', 'stationery', 'GB'),
  pro('atelier-lumen', 'Atelier Lumen', 'ceramics', 'BE'),
  small('rivendel-roasters', 'Rivendel Roasters', 'coffee', 'SE', 'failed'),
  free('duna-bikes', 'Duna Bikes', 'bicycles', 'HU'),
  pro('porto-azulejo', 'Porto Azulejo', 'ceramics', 'PT'),
  small('wicklow-woollens', 'Wicklow Woollens', 'clothing', 'IE'),
  free('juniper-and-co', 'Juniper & Co', 'garden', 'US', 'archived', 'Closed for the season, back in March'),
  pro('praha-puzzles', 'Praha Puzzles', 'toys', 'CZ'),
  small('backwerk-sued', 'Backwerk Süd', 'bakery', 'AT'),
  free('mill-lane-bakery', 'Mill Lane Bakery', 'bakery', 'GB'),
  pro('kobe-kettles', 'Kobe Kettles', 'coffee', 'JP'),
  small('harbour-books', 'Harbour Books', 'books', 'AU'),
  free('zielony-ogrod', 'Zielony Ogród', 'garden', 'PL'),
  pro('nordlys-design', 'Nordlys Design', 'furniture', 'DK', 'suspended', 'Chargebacks under investigation'),
  small('tinker-and-tot', 'Tinker & Tot', 'toys', 'CA'),
  free('pampa-leather', 'Pampa Leather', 'clothing', 'AR', 'failed'),
  pro('skandi-stitch', 'Skandi Stitch', 'clothing', 'SE'),
  small('olive-press', 'The Olive Press', 'bakery', 'GR'),
  large('aurora-outfitters', 'Aurora Outfitters', 'clothing', 'CA'),
  free('quill-and-quire', 'Quill & Quire', 'stationery', 'US'),
  pro('bosphorus-bazaar', 'Bosphorus Bazaar', 'ceramics', 'TR'),
  small('riga-reads', 'Riga Reads', 'books', 'LV', 'deleted', 'The owner asked for it, ticket 4471'),
  free('cloud-nine-candles', 'Cloud Nine Candles', 'ceramics', 'SG'),
  pro('saddle-and-spoke', 'Saddle & Spoke', 'bicycles', 'GB'),
  small('cantina-del-sol', 'Cantina del Sol', 'coffee', 'MX'),
  free('tiny-terracotta', 'Tiny Terracotta', 'ceramics', 'IT', 'archived', 'Moved to another platform'),
  pro('lagos-living', 'Lagos Living', 'furniture', 'NG'),
  small('emmental-toys', 'Emmental Toys', 'toys', 'CH'),
  free('sunday-scones', 'Sunday Scones', 'bakery', 'ZA'),
  pro('seoul-stationers', 'Seoul Stationers', 'stationery', 'KR'),
];

/** The shop whose home fails in the last run of migrations: an index that a migration replaces was dropped by hand. */
export const FAILS_TO_MIGRATE = 'harbour-books';
