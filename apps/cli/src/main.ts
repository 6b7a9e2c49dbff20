#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { run } from './run.js';
import { INTERRUPTED, listenForInterrupt } from './shell/interrupt.js';

const { stdin, stdout, stderr, env } = process;

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  // While readline reads a line, it gets Ctrl-C instead of the process.
  terminal.on('SIGINT', () => process.exit(INTERRUPTED));
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

function keys(onKey: (key: string) => void): () => void {
  const onData = (text: string) => {
    for (const key of text) onKey(key);
  };
  stdin.setRawMode(true).setEncoding('utf8').on('data', onData).resume();
  return () => stdin.off('data', onData).pause().setRawMode(false);
}

// The reader of our output may close the pipe early, as `head` does.
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
  ...(stdin.isTTY && { ask, keys }),
});
// Exit when all output is written: modules of the application may keep connections, and thereby the process, open.
stdout.write('', () => stderr.write('', () => process.exit()));
