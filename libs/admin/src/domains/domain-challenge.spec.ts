import { jest } from '@jest/globals';
import { challengeOf, failureOf, type ResolveTxt } from './domain-challenge.js';

const challenge = challengeOf('shop.example.com', 'abc');
const records =
  (...answer: string[][]): ResolveTxt =>
  async () =>
    answer;
const failing =
  (code?: string): ResolveTxt =>
  async () => {
    throw Object.assign(new Error('queryTxt'), { code });
  };

describe('the challenge of a domain', () => {
  it('is a TXT record beside it', () => {
    expect(challenge).toEqual({
      name: '_rowhouse-challenge.shop.example.com',
      type: 'TXT',
      value: 'rowhouse-domain-verification=abc',
    });
  });

  it.each([
    ['the record', records(['rowhouse-domain-verification=abc'])],
    ['one of several', records(['v=spf1 -all'], ['rowhouse-domain-verification=x'], [challenge.value])],
    ['a record in several strings', records(['rowhouse-domain-', 'verification=', 'abc'])],
  ])('is met by %s', async (_, resolve) => {
    expect(await failureOf(challenge, resolve)).toBeUndefined();
  });

  it.each([
    ['other-value', records(['rowhouse-domain-verification=abcd'])],
    ['other-value', records(['rowhouse-domain-verification='])],
    // Strings of different records do not add up.
    ['other-value', records(['rowhouse-domain-verification='], ['abc'])],
    ['no-record', records()],
    ['no-record', records(['abc'], ['v=spf1 -all'])],
    ['no-record', failing('ENODATA')],
    ['nxdomain', failing('ENOTFOUND')],
    ['timeout', failing('ETIMEOUT')],
    ['server-failure', failing('ESERVFAIL')],
    ['server-failure', failing('EREFUSED')],
    ['server-failure', failing()],
  ])('is not met: %s', async (failure, resolve) => {
    expect(await failureOf(challenge, resolve)).toBe(failure);
  });

  it('ends the wait for servers that do not answer, also where the resolver goes on', async () => {
    jest.useFakeTimers();
    try {
      let isAborted = false;
      const result = failureOf(challenge, (_name, { signal }) => {
        signal.addEventListener('abort', () => {
          isAborted = true;
        });
        return new Promise(() => {});
      });
      await jest.advanceTimersByTimeAsync(5_000);
      expect(await result).toBe('timeout');
      expect(isAborted).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });

  it('is given up when the caller stops', async () => {
    const stop = new AbortController();
    const result = failureOf(challenge, () => new Promise(() => {}), stop.signal);
    stop.abort(new Error('stopped'));
    await expect(result).rejects.toThrow('stopped');
  });
});
