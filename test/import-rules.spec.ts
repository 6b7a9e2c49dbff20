import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../tools/workspace.mjs';

/** A house in which each import breaks one rule, and nothing else does. */
const BROKEN: Record<string, string> = {
  'libs/core/src/index.ts': '',
  'libs/core/src/below.ts': "import '../../typeorm/src/index.js';",
  'libs/core/src/tested.ts': "import '../../../test/support.js';",
  'libs/core/src/of-nest.ts': "import '@nestjs/common';",
  'libs/core/src/of-typeorm.ts': "import 'typeorm';",
  'libs/core/src/unknown.ts': "import 'not-declared';",
  'libs/core/src/lost.ts': "import './nowhere.js';",
  'libs/core/src/chicken.ts': "import type { Egg } from './egg.js'; export type Chicken = Egg;",
  'libs/core/src/egg.ts': "import type { Chicken } from './chicken.js'; export type Egg = Chicken;",
  'libs/core/src/whole.spec.ts': "import '../../../apps/cli/src/index.js';",
  'libs/core/package.json': '{ "dependencies": { "@nestjs/common": "*", "typeorm": "*" } }',
  'libs/migrations/src/fleet/index.ts': "import '../nest/module.js';",
  'libs/migrations/src/nest/module.ts': "import '@nestjs/common';",
  'libs/migrations/package.json': '{ "dependencies": { "@nestjs/common": "*" } }',
  'libs/typeorm/src/index.ts': "import '../../core/src/index.js';",
  'libs/typeorm/src/deep.ts': "import '../../core/src/egg.js';",
  'libs/nestjs/src/index.ts': '',
  'libs/admin-ui/web/src/main.ts': "import '../../../core/src/index.js';",
  'apps/cli/src/index.ts': '',
  'apps/cli/src/list.ts': "import '../../../libs/nestjs/src/index.js';",
  'apps/demo/src/main.ts': "import '../../cli/src/index.js';",
  'examples/saas/src/main.ts': "import '../../../test/support.js';",
  'test/support.ts': '',
};

const EXPECTED = [
  'apps-know-libraries: apps/demo/src/main.ts',
  'core-knows-nobody: libs/core/src/below.ts',
  'core-knows-nobody: libs/core/src/tested.ts',
  'examples-know-packages: examples/saas/src/main.ts',
  'loads-no-nest: libs/migrations/src/fleet/index.ts',
  'no-cycles: libs/core/src/chicken.ts',
  'no-unresolvable: libs/core/src/lost.ts',
  'not-everyone-knows-nestjs: libs/core/src/of-nest.ts',
  'not-everyone-knows-typeorm: libs/core/src/of-typeorm.ts',
  'only-a-server-loads-nest: apps/cli/src/list.ts',
  'only-declared-dependencies: libs/core/src/unknown.ts',
  'only-through-an-entry: libs/typeorm/src/deep.ts',
  'pages-know-types-of-the-client: libs/admin-ui/web/src/main.ts',
  'specs-know-no-app: libs/core/src/whole.spec.ts',
];

interface Cruise {
  readonly summary: {
    readonly violations: ReadonlyArray<{ readonly from: string; readonly rule: { readonly name: string } }>;
    readonly ruleSetUsed: { readonly forbidden: ReadonlyArray<{ readonly name: string }> };
  };
}

const run = promisify(execFile);

async function cruise(folder: string): Promise<Cruise> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const rules = join(ROOT, '.dependency-cruiser.mjs');
  const args = [program, '--config', rules, '--output-type', 'json', 'libs', 'apps', 'examples'];
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Cruise;
}

describe('the import rules', () => {
  let folder: string;
  let summary: Cruise['summary'];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rowhouse-rules-'));
    const modules = Object.fromEntries(
      ['@nestjs/common', 'typeorm', 'not-declared'].flatMap((name) => [
        [`node_modules/${name}/package.json`, `{ "name": "${name}", "main": "index.js" }`],
        [`node_modules/${name}/index.js`, ''],
      ]),
    );
    const files = { ...BROKEN, ...modules, 'tsconfig.json': '{}', 'package.json': '{}' };
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    ({ summary } = await cruise(folder));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('fail for whoever breaks one, and say which', () => {
    expect(summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).sort()).toEqual(EXPECTED);
  });

  it('are all shown to fail here, those of one library for all', () => {
    const rules = summary.ruleSetUsed.forbidden.map(({ name }) => name);
    const broken = new Set(summary.violations.map(({ rule }) => rule.name));
    expect(rules.filter((rule) => !broken.has(rule) && !/^(?!core-)[\w-]+-knows-/.test(rule))).toEqual([]);
  });
});
