/** @suite vectors */
import { type ChromaServer, startChroma } from '../../../../test/support/chroma.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { checkAgainstModel, checkFirstWriters } from '../collections.fixture.js';
import { chromaStore } from './index.js';

describe('collections in Chroma', () => {
  const tenants = [makeTenant('acme'), makeTenant('globex'), makeTenant('initech')] as const;
  let chroma: ChromaServer;

  beforeAll(async () => {
    chroma = await startChroma();
  });

  afterAll(async () => {
    await chroma?.close();
  });

  it('do what a model in memory does, for several tenants at a time', async () => {
    await checkAgainstModel({ store: chromaStore(chroma.client), tenants }, 10);
  });

  it('are made once, however many write to them first', async () => {
    await checkFirstWriters({ store: chromaStore(chroma.client), tenants });
  });
});
