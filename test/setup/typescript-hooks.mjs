import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

/**
 * Module hooks (https://nodejs.org/docs/latest-v20.x/api/module.html#hooks) that let plain Node load this workspace's
 * TypeScript sources. Jest runs its global set-up outside of its own transformer.
 */

let aliases = {};

/** @param data - `aliases`: the URLs of sources, by the names that lead to them. */
export function initialize(data) {
  aliases = data?.aliases ?? {};
}

export async function resolve(specifier, context, nextResolve) {
  if (specifier in aliases) return { url: aliases[specifier], format: 'module', shortCircuit: true };
  if (/^(?:\.|file:).*\.js$/.test(specifier)) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (await exists(source)) return { url: source.href, format: 'module', shortCircuit: true };
  }
  return nextResolve(specifier, context);
}

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const { code } = await transformFile(fileURLToPath(url), {
    jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
}

async function exists(url) {
  try {
    await access(url);
    return true;
  } catch {
    return false;
  }
}
