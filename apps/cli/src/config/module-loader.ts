import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import * as core from '@rowhouse/core';
import { messageOf } from '@rowhouse/core/internal';
import * as tenantTypeorm from '@rowhouse/typeorm';
import { createJiti, type Jiti, type JitiOptions } from 'jiti';
import * as typeorm from 'typeorm';
import { UnusableError } from '../shell/io.js';
import { ownVersion } from '../version.js';
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

/** Imports a module by its path. @throws {UnusableError} when it cannot be loaded. */
export type ImportModule = (path: string) => Promise<Record<string, unknown>>;

type Modules = Readonly<Record<string, unknown>>;

/** Imports a user's module, TypeScript included. @param modules - as {@link importerFor}. */
export function importModule(path: string, modules?: Modules): Promise<Record<string, unknown>> {
  return importerFor(path, modules)(path);
}

/**
 * Imports the user's modules, TypeScript included, as the module at `path` would.
 *
 * Their imports of Rowhouse and TypeORM resolve to the modules that this process has loaded, because a second copy would have
 * its own tenant context. What was compiled is kept in `node_modules/.cache`, by the hash of its source.
 *
 * @param modules - more modules of this process, by name.
 */
export function importerFor(path: string, modules: Modules = {}): ImportModule {
  const options: JitiOptions = {
    fsCache: cacheFolderFor(path),
    interopDefault: true,
    tsconfigPaths: true,
    virtualModules: {
      '@rowhouse/cli': { defineConfig },
      '@rowhouse/core': core,
      '@rowhouse/typeorm': tenantTypeorm,
      typeorm,
      ...modules,
    },
  };
  const plain = createJiti(path, options);
  const jiti = createJiti(path, { ...options, transform: compileWith(path, plain) });
  return async (file) => {
    try {
      return await jiti.import(file);
    } catch (error) {
      throw cannotLoad(file, error);
    }
  };
}

/** Why a module of the user's cannot be used. */
export function cannotLoad(path: string, error: unknown): UnusableError {
  const message = messageOf(error).trim();
  const reason = /Definitely assigned fields|decorators/i.test(message)
    ? 'it imports TypeScript with decorators, which needs the compiler: npm install --save-dev typescript'
    : message;
  return new UnusableError(`${path} cannot be loaded: ${reason}`, { cause: error });
}

/** For what one version of the compiler makes under one version of these options, beside it; nowhere without a compiler. */
function cacheFolderFor(path: string): string | false {
  try {
    const manifest = createRequire(path).resolve('typescript/package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return resolve(dirname(manifest), '../.cache', `rowhouse-${ownVersion()}-typescript-${version}`);
  } catch {
    return false;
  }
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

/**
 * TypeScript removes the types; jiti does the rest: imports, top-level await, `import.meta`. Without a class there is nothing that
 * jiti does otherwise than TypeScript, so the compiler is loaded for the first file with one.
 */
function compileWith(path: string, jiti: Jiti): Transform {
  let compiler: { readonly typescript: TypeScript | undefined } | undefined;
  return (file) => {
    if (!file.ts || !/\bclass\b/.test(file.source)) return { code: jiti.transform(file) };
    compiler ??= { typescript: typescriptFor(path) };
    const { typescript } = compiler;
    if (!typescript) return { code: jiti.transform(file) };
    const { outputText } = typescript.transpileModule(file.source, {
      fileName: file.filename,
      compilerOptions: {
        module: typescript.ModuleKind.ESNext,
        target: typescript.ScriptTarget.ES2022,
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
