import { packTar } from 'modern-tar';
import { PartBuffers, partsOf } from './part-buffer.js';

const MEBIBYTE = 1_024 * 1_024;

/** The parts of what is written in chunks. */
async function partsIn(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const buffers = new PartBuffers();
  const source = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const parts: string[] = [];
  for await (const part of partsOf(source(), buffers)) {
    parts.push(
      part
        .asEntry('one')
        .subarray(512, 512 + part.bytes)
        .toString(),
    );
    buffers.giveBack(part);
  }
  return parts;
}

describe('parts', () => {
  it.each([0, 1, 511, 512, 70_000, MEBIBYTE])('are entries as tar has them, with %i bytes', async (size) => {
    const name = 'rows/000001/00000001.copy';
    const body = Buffer.alloc(size, 'x');
    const part = new PartBuffers().take();
    part.add(body);
    const header = { name, size, mode: 0o600, mtime: new Date(0) };
    const tar = Buffer.from(await packTar([{ header, body }]));
    expect(part.asEntry(name).equals(tar.subarray(0, -1_024))).toBe(true);
  });

  it('are what was written, whatever the chunks', async () => {
    const row = `${'x'.repeat(999)}\n`;
    const all = row.repeat(2_500);
    const whole = await partsIn(all);
    expect(whole.map(({ length }) => length)).toEqual([1_048_000, 1_048_000, 404_000]);
    expect(whole.join('')).toBe(all);
    const chunks = Array.from({ length: Math.ceil(all.length / 70_001) }, (_, at) =>
      all.slice(at * 70_001, (at + 1) * 70_001),
    );
    expect(await partsIn(...chunks)).toEqual(whole);
  });

  it('end in the middle of a row that is larger', async () => {
    const parts = await partsIn('small\n', 'x'.repeat(2 * MEBIBYTE), '\n');
    expect(parts.map(({ length }) => length)).toEqual([MEBIBYTE, MEBIBYTE, 7]);
  });

  it('are none of nothing, and one of what fills it', async () => {
    expect(await partsIn()).toEqual([]);
    expect((await partsIn(`${'x'.repeat(MEBIBYTE - 1)}\n`)).map(({ length }) => length)).toEqual([MEBIBYTE]);
  });

  it('have the zeros of their own end, in a buffer that was used', async () => {
    const buffers = new PartBuffers();
    const part = buffers.take();
    part.add(Buffer.alloc(600, 'x'));
    buffers.giveBack(part);
    part.add(Buffer.from('y'));
    expect(
      part
        .asEntry('one')
        .subarray(513, 1_024)
        .every((byte) => byte === 0),
    ).toBe(true);
  });
});
