import { until } from '../../../../test/support/until.js';
import { GatheredLookUps } from './gathered-look-ups.js';

/** Questions, each of which is answered when the spec says so: a key that is a number, with it; others have none. */
function openQuestions() {
  const asked: (readonly string[])[] = [];
  const answers: (() => void)[] = [];
  const refused = new Set<string>();
  const lookUps = new GatheredLookUps<number>(async (keys) => {
    asked.push(keys);
    await new Promise<void>((resolve) => answers.push(resolve));
    if (keys.some((key) => refused.has(key))) throw new Error(`refused: ${keys}`);
    return new Map(keys.filter((key) => /^\d+$/.test(key)).map((key) => [key, Number(key)]));
  });
  return { asked, answers, refused, lookUps };
}

describe('GatheredLookUps', () => {
  it('asks at once, and for all that come in the same turn together', async () => {
    const { asked, answers, lookUps } = openQuestions();
    const found = Promise.all(['1', '2', 'none', '1'].map((key) => lookUps.find(key)));
    await until(() => asked.length === 1);
    answers[0]?.();
    expect(await found).toEqual([1, 2, undefined, 1]);
    expect(asked).toEqual([['1', '2', 'none']]);
  });

  it('asks for those that come while a question is under way when it is answered, also for what it was about', async () => {
    const { asked, answers, lookUps } = openQuestions();
    const first = lookUps.find('1');
    await until(() => asked.length === 1);
    const later = [lookUps.find('1'), lookUps.find('2')];
    answers[0]?.();
    expect(await first).toBe(1);
    await until(() => asked.length === 2);
    answers[1]?.();
    expect(await Promise.all(later)).toEqual([1, 2]);
    expect(asked).toEqual([['1'], ['1', '2']]);
  });

  it('does not wait for long for a question that is stuck', async () => {
    const { asked, answers, lookUps } = openQuestions();
    const stuck = lookUps.find('1');
    await until(() => asked.length === 1);
    const found = lookUps.find('2');
    await until(() => asked.length === 2);
    answers[1]?.();
    expect(await found).toBe(2);
    answers[0]?.();
    expect(await stuck).toBe(1);
  });

  it('lets no key fail for another', async () => {
    const { asked, answers, refused, lookUps } = openQuestions();
    refused.add('3');
    const found = Promise.allSettled(['1', '2', '3'].map((key) => lookUps.find(key)));
    await until(() => answers.length === 1);
    answers[0]?.();
    await until(() => answers.length === 4);
    for (const answer of answers) answer();
    const failure = { status: 'rejected', reason: new Error('refused: 3') };
    expect(await found).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 2 },
      failure,
    ]);
    expect(asked).toEqual([['1', '2', '3'], ['1'], ['2'], ['3']]);
  });
});
