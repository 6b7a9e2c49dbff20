import { messageOf, Signal } from '@rowhouse/core/internal';
import type { Io } from './io.js';
import { print } from './print.js';

/** Control sequences of terminals (ECMA-48, and DEC's private modes). */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const END_OF_SCREEN = '\u001b[J';

/** In raw mode Ctrl-C is a key like others. */
const CTRL_C = '\u0003';
const DEFAULT_ROWS = 24;
const DEFAULT_COLUMNS = 80;

/** A screen that is drawn again and again. */
export interface LiveScreen {
  /** @throws what it throws at the first time; later the screen says so. */
  readonly draw: () => Promise<string>;
  /** Called for keys other than `q` and Ctrl-C, which end it. The screen is drawn again after it. */
  readonly onKey: (key: string) => void;
  readonly everyMs: number;
}

/** Whether there is a terminal with a keyboard. */
export function isLive({ stdout, keys }: Io): boolean {
  return Boolean(stdout.isTTY && keys);
}

/** Draws until somebody ends it. The terminal is left as it was found, also when the process ends on the way. */
export async function showLive(io: Io, { draw, onKey, everyMs }: LiveScreen): Promise<void> {
  let text = await draw();
  const wake = new Signal();
  let isEnded = io.signal?.aborted ?? false;
  const end = () => {
    isEnded = true;
    wake.call();
  };
  const leave = () => io.stdout.write(LEAVE);
  const stopKeys = io.keys?.((key) => {
    if (key === CTRL_C || key.toLowerCase() === 'q') return end();
    onKey(key);
    wake.call();
  });
  io.signal?.addEventListener('abort', end, { once: true });
  process.once('exit', leave);
  io.stdout.write(ENTER);
  try {
    while (!isEnded) {
      show(io, text);
      await wake.within(everyMs);
      if (!isEnded) text = await draw().catch(messageOf);
    }
  } finally {
    process.off('exit', leave);
    io.signal?.removeEventListener('abort', end);
    stopKeys?.();
    leave();
  }
}

/** Writes over what was there, so that nothing flickers. */
function show({ stdout }: Io, text: string): void {
  // A terminal that does not know its size says 0.
  const rows = stdout.rows || DEFAULT_ROWS;
  const columns = stdout.columns || DEFAULT_COLUMNS;
  stdout.write(HOME);
  for (const [index, line] of text.split('\n').slice(0, rows).entries()) {
    if (index > 0) stdout.write('\r\n');
    print(stdout, line.slice(0, columns));
    stdout.write(END_OF_LINE);
  }
  stdout.write(END_OF_SCREEN);
}
