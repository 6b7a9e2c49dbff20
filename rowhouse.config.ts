/** What `npm run rowhouse` works on: the demo, while it runs. */
export { default } from './apps/demo/rowhouse.config.js';
