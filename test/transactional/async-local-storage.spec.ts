import { StorageDriver } from 'typeorm-transactional';
import { transactionsByStorage } from './transactional.suite.js';

describe('typeorm-transactional with ASYNC_LOCAL_STORAGE', () =>
  transactionsByStorage(StorageDriver.ASYNC_LOCAL_STORAGE));
