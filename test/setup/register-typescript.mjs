import { register } from 'node:module';

// Given to Node by --import: the threads that the suites start load this workspace's sources, too.
register('./typescript-hooks.mjs', import.meta.url);
