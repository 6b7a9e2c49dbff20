import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));

const PROGRAM = `
  import { createJiti } from 'jiti';
  const jiti = createJiti(${JSON.stringify(join(folder, 'probe.mjs'))});
  const { listenForInterrupt } = await jiti.import('./interrupt.ts');
  listenForInterrupt().addEventListener('abort', () => console.log('aborted'));
  setInterval(() => {}, 60_000);
  console.log('ready');
`;

describe('listenForInterrupt', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s aborts, and a second one ends the process', async (signal) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { cwd: folder });
    const lines: string[] = [];
    const exited = once(child, 'exit');
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line === 'ready') child.kill(signal);
      // Signals that follow immediately count as copies of the first.
      if (line === 'aborted') setInterval(() => child.kill(signal), 50).unref();
    });
    expect(await exited).toEqual([130, null]);
    expect(lines).toEqual(['ready', 'aborted']);
  });
});
