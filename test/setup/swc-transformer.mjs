import swcJest from '@swc/jest';

const swc = swcJest.createTransformer({
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
});

/**
 * TypeScript through SWC. What it makes of a source does not depend on Jest's configuration, which differs from suite to suite: so
 * that one suite finds in Jest's cache what another has compiled.
 */
export default {
  ...swc,
  getCacheKey: (source, file, options) => swc.getCacheKey(source, file, { ...options, configString: '' }),
};
