import { parentPort } from 'node:worker_threads';
import { SqlParser } from './sql-parser.js';
import { readText } from './statement-facts.js';

/** The other end of `ReadingThread`: gets texts, and answers each with its facts. */
const parser = await SqlParser.load();

parentPort?.on('message', async (text: string) => {
  await parser.whenReady();
  parentPort?.postMessage(readText(parser, text));
});
