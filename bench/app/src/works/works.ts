import type { EntityManager } from 'typeorm';
import { type NewProduct, PAGE_SIZE, Product } from '../product.entity.js';
import { Review } from '../review.entity.js';

/** What a request reads. Each variant does the same, with a manager that reaches the tenant's tables. */
export type Read = (manager: EntityManager) => Promise<unknown>;

/** By the name of the work, as `--work` of the bench has it. */
export const READS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['two', (manager) => listAndLookUp(manager, 1)],
  ['five', (manager) => listAndLookUp(manager, 4)],
  ['thirty', (manager) => listAndLookUp(manager, 29)],
  ['relation', readWithRelation],
  ['raw', readRaw],
  ['page', readPage],
]);

/** One statement for the list, and one for each row that is looked up, one after the other. */
async function listAndLookUp(manager: EntityManager, lookUps: number): Promise<Product[]> {
  const products = await listProducts(manager);
  const found: Product[] = [];
  for (let number = 0; number < lookUps; number += 1) {
    const id = products[number % products.length]?.id;
    found.push(await manager.findOneByOrFail(Product, { id }));
  }
  return found;
}

/** One statement: 20 reviews, each joined with its product. */
function readWithRelation(manager: EntityManager): Promise<Review[]> {
  return manager.find(Review, { where: { rating: 5 }, relations: { product: true }, order: { id: 'ASC' } });
}

/** One statement that TypeORM passes on as it is. */
function readRaw(manager: EntityManager): Promise<unknown> {
  return manager.query(
    `select author, count(*)::int as reviews, avg(rating)::float as rating
       from reviews where rating >= $1 group by author order by author`,
    [2],
  );
}

/** Two statements: the second page of 20, and how many there are. */
async function readPage(manager: EntityManager): Promise<{ reviews: Review[]; total: number }> {
  const [reviews, total] = await manager.findAndCount(Review, {
    order: { id: 'DESC' },
    skip: PAGE_SIZE,
    take: PAGE_SIZE,
  });
  return { reviews, total };
}

/** Five statements for a transaction. No row is another request's too, so none waits for a lock. */
export async function restock(manager: EntityManager, product: NewProduct): Promise<Product> {
  const { identifiers } = await manager.insert(Product, product);
  const id: number = identifiers[0]?.['id'];
  const created = await manager.findOneByOrFail(Product, { id });
  await manager.update(Product, { id }, { stock: created.stock + 1 });
  await listProducts(manager);
  await manager.delete(Product, { id });
  return created;
}

export function listProducts(manager: EntityManager): Promise<Product[]> {
  return manager.find(Product, { order: { id: 'ASC' }, take: PAGE_SIZE });
}
