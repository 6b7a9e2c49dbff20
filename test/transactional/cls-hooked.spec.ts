import { StorageDriver } from 'typeorm-transactional';
import { transactionsByStorage } from './transactional.suite.js';

describe('typeorm-transactional with CLS_HOOKED', () => transactionsByStorage(StorageDriver.CLS_HOOKED));
