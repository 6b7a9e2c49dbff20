import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { SqlParser } from './sql-parser.js';
import { readText } from './statement-facts.js';

/** The other end of `ReadingThread`: gets texts, and answers each with its facts. */
const parser = await SqlParser.load();

yieldToOtherThreads();

parentPort?.on('message', async (text: string) => {
  await parser.whenReady();
  parentPort?.postMessage(readText(parser, text));
});

/**
 * The event loop serves everybody, and this thread one tenant with a long text: where they share a core, it comes second.
 * Linux has priorities of threads; elsewhere it goes without.
 */
function yieldToOtherThreads(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);
  } catch {}
}
