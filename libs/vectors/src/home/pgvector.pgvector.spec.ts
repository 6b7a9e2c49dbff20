/** @suite pgvector */
import { describeCollectionsInHomes } from './collections-in-homes.fixture.js';

describe('collections in pgvector', () => describeCollectionsInHomes('pgvector'));
