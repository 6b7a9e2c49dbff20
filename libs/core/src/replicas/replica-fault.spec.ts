import pg from 'pg';
import { ConnectionLostError, ResultTooLargeError, StatementRefusedError } from '../errors.js';
import { isOutOfService, mayBeOfReplica } from './replica-fault.js';

const ofServer = (code: string) => Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code });
const ofSystem = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const aborted = new DOMException('This operation was aborted', 'AbortError');

it.each(['40001', '25006', '42P01', '3F000', '22023', '53300', '57P01', '57P03', 'XX000'])(
  'takes %s for something that the primary may do better',
  (code) => expect(mayBeOfReplica(ofServer(code))).toBe(true),
);

it.each(['22P02', '23505', '42601', '57014', 'P0001'])('leaves %s to the caller of the statement', (code) =>
  expect(mayBeOfReplica(ofServer(code))).toBe(false),
);

it('knows a lost connection from what Rowhouse refuses', () => {
  expect([ofSystem, new ConnectionLostError('gone')].map(mayBeOfReplica)).toEqual([true, true]);
  const refusals = [new StatementRefusedError('no'), new ResultTooLargeError('too much')];
  expect(refusals.map(mayBeOfReplica)).toEqual([false, false]);
});

it('takes a replica out of service for what the next read meets as well, and not for a request that was given up', () => {
  const errors = [ofSystem, new ConnectionLostError('gone'), ofServer('57P01'), ofServer('53300')];
  expect(errors.map(isOutOfService)).toEqual([true, true, true, true]);
  const others = [aborted, new Error('closed'), ofServer('40001'), ofServer('42P01'), ofServer('57014')];
  expect(others.map(isOutOfService)).toEqual([false, false, false, false, false]);
});
