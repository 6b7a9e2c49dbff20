/** @suite pgvector */
import { checkAgainstModel, checkFirstWriters } from '../collections.fixture.js';
import { type HomesWithVectors, openHomesWithVectors } from './homes-with-vectors.fixture.js';

describe('collections in pgvector', () => {
  let homes: HomesWithVectors;

  beforeAll(async () => {
    homes = await openHomesWithVectors();
  });

  afterAll(async () => {
    await homes?.close();
  });

  it('do what a model in memory does, for a tenant with a schema, with rows, and with a database', async () => {
    await checkAgainstModel(homes, 10);
  });

  it('are made once, however many write to them first', async () => {
    await checkFirstWriters(homes);
  });
});
