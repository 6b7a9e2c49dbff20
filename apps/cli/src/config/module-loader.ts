import { createRequire } from 'node:module';
import * as core from '@rowhouse/core';
import * as tenantTypeorm from '@rowhouse/typeorm';
import { createJiti, type Jiti, type JitiOptions } from 'jiti';
import * as typeorm from 'typeorm';
import { defineConfig } from './define-config.js';

type Transform = NonNullable<JitiOptions['transform']>;

/** The part of the compiler's API that is used. The application chooses the version. */
interface TypeScript {
  transpileModule(
    source: string,
    options: { readonly fileName?: string; readonly compilerOptions: Readonly<Record<string, unknown>> },
  ): { readonly outputText: string };
  readonly ModuleKind: { readonly ESNext: number };
  readonly ScriptTarget: { readonly ES2022: number };
}

/**
 * Imports a user's module, TypeScript included.
 *
 * Its imports of Rowhouse and TypeORM resolve to the modules that this process has loaded, because a second copy would have
 * its own tenant context. Nothing is cached on disk, so an edited file is always compiled again.
 */
export async function importModule(path: string): Promise<Record<string, unknown>> {
  const options: JitiOptions = {
    fsCache: false,
    interopDefault: true,
    tsconfigPaths: true,
    virtualModules: {
      '@rowhouse/cli': { defineConfig },
      '@rowhouse/core': core,
      '@rowhouse/typeorm': tenantTypeorm,
      typeorm,
    },
  };
  const typescript = typescriptFor(path);
  const transform = typescript && compileWith(typescript, createJiti(path, options));
  return createJiti(path, { ...options, ...(transform && { transform }) }).import(path);
}

/**
 * Finds the application's own compiler. TypeORM reads column types from `emitDecoratorMetadata`, which jiti does not emit,
 * and jiti refuses decorated fields without a value. JavaScript needs neither.
 */
function typescriptFor(path: string): TypeScript | undefined {
  try {
    const found = createRequire(path)('typescript') as Partial<TypeScript>;
    return isTypeScript(found) ? found : undefined;
  } catch (error) {
    if ((error as { code?: string }).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function isTypeScript(found: Partial<TypeScript>): found is TypeScript {
  return typeof found.transpileModule === 'function';
}

/** TypeScript removes the types; jiti does the rest: imports, top-level await, `import.meta`. */
function compileWith({ transpileModule, ModuleKind, ScriptTarget }: TypeScript, jiti: Jiti): Transform {
  return (file) => {
    if (!file.ts) return { code: jiti.transform(file) };
    const { outputText } = transpileModule(file.source, {
      fileName: file.filename,
      compilerOptions: {
        module: ModuleKind.ESNext,
        target: ScriptTarget.ES2022,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        // A declared field without a value must not overwrite what TypeORM sets.
        useDefineForClassFields: false,
        inlineSourceMap: true,
      },
    });
    return { code: jiti.transform({ ...file, source: outputText, ts: false }) };
  };
}
