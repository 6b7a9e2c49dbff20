import { progressOn } from './progress.js';

function written(isTTY: boolean) {
  const kept = { text: '' };
  return Object.assign(kept, { isTTY, write: (text: string) => (kept.text += text) });
}

describe('progressOn', () => {
  it('writes a line for each 5 % in a pipe, at most one a second, and the last', () => {
    const output = written(false);
    let now = 0;
    const progress = progressOn(output, 'home', () => now);
    for (let done = 1; done <= 100; done += 1) {
      now += 300;
      progress.show({ done, total: 100, note: done === 1 ? '2 failed' : '' });
    }
    progress.end();
    const lines = output.text.trimEnd().split('\n');
    expect(lines[0]).toBe('1 of 100 homes  2 failed');
    expect(lines[1]).toBe('6 of 100 homes');
    expect(lines.at(-1)).toBe('100 of 100 homes');
    expect(lines).toHaveLength(21);
  });

  it('keeps to one line a second when it goes fast', () => {
    const output = written(false);
    const progress = progressOn(output, 'home', () => 0);
    for (let done = 1; done <= 100; done += 1) progress.show({ done, total: 100 });
    progress.end();
    expect(output.text).toBe('1 of 100 homes\n100 of 100 homes\n');
  });

  it('counts one thing as one', () => {
    for (const output of [written(true), written(false)]) {
      const progress = progressOn(output, 'home');
      progress.show({ done: 1, total: 1 });
      progress.end();
      expect(output.text).toMatch(output.isTTY ? /1\/1 home\b/ : /^1 of 1 home\n$/);
    }
  });

  it('writes nothing when there was nothing to do', () => {
    for (const output of [written(true), written(false)]) {
      progressOn(output, 'home').end();
      expect(output.text).toBe('');
    }
  });

  it('draws a bar on a terminal, and leaves it when it ends', () => {
    const output = written(true);
    const progress = progressOn(output, 'home');
    progress.show({ done: 5, total: 10, note: '1 failed' });
    progress.end();
    progress.end();
    expect(output.text).toMatch(/█+░+ 50% 5\/10 homes {2}1 failed/);
  });
});
