#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { INTERRUPTED, listenForInterrupt } from './interrupt.js';
import { run } from './run.js';

const { stdin, stdout, stderr, env } = process;

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  // While a line is read, the terminal hands Ctrl-C to its reader and not to the process.
  terminal.on('SIGINT', () => process.exit(INTERRUPTED));
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

// Who reads our output may have seen enough, as `head` does.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), {
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  signal: listenForInterrupt(),
  ...(stdin.isTTY && { ask }),
});
// When all is written; modules of the application may hold connections open, and the process with them.
stdout.write('', () => stderr.write('', () => process.exit()));
