import { describeCollectionsInHomes } from './collections-in-homes.fixture.js';

describe('collections in the store exact', () => describeCollectionsInHomes('exact'));
