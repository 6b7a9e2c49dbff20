import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../tools/workspace.mjs';

const ENTITY = `
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('orders')
export class Order {
  @PrimaryGeneratedColumn() id!: number;
  @Column() status!: string;
}
`;

/** Blocks of TypeScript that begin with the name of a file. */
function filesIn(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n\/\/ (\S+\.ts)\n(.*?)^```$/gms)];
  return new Map(blocks.map(([, name = '', code = '']) => [name, code]));
}

it('the code of docs/outside-requests.md has no error of types', () => {
  const folder = mkdtempSync(join(ROOT, 'test/docs/.outside-requests-'));
  try {
    const files = new Map([...filesIn('outside-requests.md'), ['order.entity.ts', ENTITY]]);
    expect(files.size).toBe(12);
    for (const [name, code] of files) writeFileSync(join(folder, name), code);
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
    const names = [...files.keys()].map((name) => join(folder, name));
    const program = ts.createProgram(names, { ...options, noEmit: true });
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    expect(problems).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 240_000);
