/** @suite vectors */
import { type ChromaServer, startChroma } from '../../../../test/support/chroma.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { checkAgainstModel } from '../collections.fixture.js';
import { chromaStore } from './index.js';

describe('collections in Chroma', () => {
  let chroma: ChromaServer;

  beforeAll(async () => {
    chroma = await startChroma();
  });

  afterAll(async () => {
    await chroma?.close();
  });

  it('do what a model in memory does, for several tenants at a time', async () => {
    const tenants = [makeTenant('acme'), makeTenant('globex'), makeTenant('initech')] as const;
    await checkAgainstModel({ store: chromaStore(chroma.client), tenants }, 10);
  });
});
